import Cryptography
import DataAccess
import Encoding
import JSON
import Schema

/// A page's key as opaque text, so that clients do not compute with it.
///
/// The key of one number, an identity, is `k` and the number; any other key is `o` and a JSON array. Both are Base64URL.
/// The page's order checks that the key has its columns (``PageOrder``).
enum Cursor {
  static func encode(_ key: PageKey) -> String {
    if case .integer(let id)? = key.values.first, key.values.count == 1 {
      return Base64URL.encode(Array("k\(id)".utf8))
    }
    let document = JSONValue.array(key.values.map(json))
    return Base64URL.encode([UInt8(ascii: "o")] + ((try? JSONCoding.encode(document)) ?? []))
  }

  /// The key; `nil` for any text that ``encode(_:)`` does not produce from a row's key.
  static func decode(_ text: String) -> PageKey? {
    guard let bytes = Base64URL.decode(text), let key = key(bytes), encode(key).isSame(as: text) else {
      return nil
    }
    return key
  }

  private static func key(_ bytes: [UInt8]) -> PageKey? {
    switch bytes.first {
    case UInt8(ascii: "k"):
      guard let id = Int64(String(decoding: bytes.dropFirst(), as: UTF8.self)), id >= 0 else { return nil }
      return PageKey([.integer(id)])
    case UInt8(ascii: "o"):
      let rest = Array(bytes.dropFirst())
      guard let parts = try? JSONCoding.decode([JSONValue].self, from: rest, text: .storable) else {
        return nil
      }
      let values = parts.compactMap(value)
      return values.count == parts.count ? PageKey(values) : nil
    case _: return nil
    }
  }

  /// Times and days are pairs, so that they differ from numbers. No order has columns of other types.
  private static func json(_ value: DatabaseValue) -> JSONValue {
    switch value {
    case .integer(let number): .integer(number)
    case .text(let text): .string(text)
    case .boolean(let flag): .bool(flag)
    case .timestamp(let moment): ["t", .integer(moment.microsecondsSinceEpoch)]
    case .date(let day): ["d", .integer(Int64(day.daysSinceEpoch))]
    case .null, .double, .bytes: .null
    }
  }

  private static func value(_ json: JSONValue) -> DatabaseValue? {
    switch json {
    case .integer(let number): return .integer(number)
    case .string(let text): return .text(text)
    case .bool(let flag): return .boolean(flag)
    case .array:
      guard let number = json[1]?.integer else { return nil }
      guard let kind = json[0]?.string else { return nil }
      if kind.isSame(as: "t") { return .timestamp(Timestamp(microsecondsSinceEpoch: number)) }
      guard kind.isSame(as: "d") else { return nil }
      return Int32(exactly: number).map { .date(CalendarDate(daysSinceEpoch: $0)) }
    case .null, .double, .decimal, .object: return nil
    }
  }
}
