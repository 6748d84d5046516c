import Foundation
import JSON

/// Foundation's decoding of a text as a `JSONValue`, for an independent comparison.
enum Oracle {
  /// The value, or nil when Foundation refuses the text.
  static func value(of bytes: [UInt8]) -> JSONValue? {
    guard let parsed = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) else {
      return nil
    }
    return value(parsed)
  }

  private static func value(_ any: Any) -> JSONValue {
    switch any {
    case is NSNull: .null
    case let text as String: .string(text)
    case let list as [Any]: .array(list.map(value))
    case let dictionary as [String: Any]:
      .object(dictionary.map { JSONValue.Member($0.key, value($0.value)) })
    case let number as NSNumber: value(number)
    default: .null
    }
  }

  private static func value(_ number: NSNumber) -> JSONValue {
    if CFNumberIsBoolean(number) { return .bool(number.boolValue) }
    return .double(number.doubleValue)
  }

  private static func CFNumberIsBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
  }
}

extension JSONValue {
  /// Whether both values agree. Foundation's long numbers differ by a few units in the last place, so the comparison
  /// tolerates that; NumberTests checks the exact values.
  func agrees(with other: JSONValue?) -> Bool {
    guard let other else { return false }
    switch (canonical, other.canonical) {
    case (.double(let left), .double(let right)):
      return left == right || abs(left - right) <= abs(left) * 1e-14
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.agrees(with: $1) }
    case (.object(let left), .object(let right)):
      return left.map(\.name) == right.map(\.name)
        && zip(left, right).allSatisfy { $0.value.agrees(with: $1.value) }
    case (let left, let right): return left == right
    }
  }

  /// The value in a form that is independent of the order of members and the representation of numbers.
  var canonical: JSONValue {
    switch self {
    case .null, .bool, .string, .double: self
    case .integer(let value): .double(Double(value))
    case .decimal(let value): .double(value.double)
    case .array(let elements): .array(elements.map(\.canonical))
    case .object(let members):
      .object(members.sorted { $0.name < $1.name }.map { Member($0.name, $0.value.canonical) })
    }
  }
}
