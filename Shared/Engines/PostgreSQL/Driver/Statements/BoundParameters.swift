import DataAccess
import Schema

/// The bound values of one statement, as libpq takes them. They are text, whose type the server infers from the
/// statement, or binary for bytes.
///
/// One buffer serves all statements of a connection. The driver sends values beside the statement, never in its text.
struct BoundParameters {
  /// The driver releases a buffer that a large value has grown beyond this size.
  private static let retainedBytes = 64 * 1024
  /// Marks a NULL among the offsets.
  private static let null = -1

  private var bytes: [UInt8] = []
  private var offsets: [Int] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []
  private var pointers: [UnsafePointer<CChar>?] = []

  /// Replaces the previously bound values.
  mutating func bind(_ values: [DatabaseValue]) throws(PipelineFault) {
    reset()
    for (index, value) in values.enumerated() {
      if let reason = append(value) { throw .unbindable(parameter: index + 1, reason: reason) }
    }
  }

  /// Calls `body` with the arguments of `PQsendQueryParams` and similar functions. The pointers are valid only during
  /// the call.
  mutating func withArguments<Result>(
    _ body: (
      _ count: Int32, _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<Int32>?,
      _ formats: UnsafePointer<Int32>?
    ) -> Result
  ) -> Result {
    bytes.withUnsafeBytes { buffer in
      for offset in offsets {
        let start = offset == Self.null ? nil : buffer.baseAddress?.advanced(by: offset)
        pointers.append(start?.assumingMemoryBound(to: CChar.self))
      }
      defer { pointers.removeAll(keepingCapacity: true) }
      return body(Int32(offsets.count), pointers, lengths, formats)
    }
  }

  private mutating func reset() {
    bytes.removeAll(keepingCapacity: bytes.capacity <= Self.retainedBytes)
    offsets.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    formats.removeAll(keepingCapacity: true)
  }

  /// Appends a value, or returns why PostgreSQL cannot represent it.
  private mutating func append(_ value: DatabaseValue) -> String? {
    switch value {
    case .null: appendNull()
    case .boolean(let value): appendText(value ? "t" : "f")
    case .integer(let value): appendText(String(value))
    case .double(let value): appendText(value.description)
    case .text(let value):
      // The text format ends at the first zero byte, so libpq would drop the rest without an error.
      if value.utf8.contains(0) { return "text for PostgreSQL cannot contain the character U+0000" }
      appendText(value)
    case .bytes(let value): appendBinary(value)
    case .timestamp(let value):
      guard value.isRepresentable else { return "the timestamp lies outside the years 1 to 9999" }
      appendText(value.sqlText + "+00")
    case .date(let value):
      guard value.isRepresentable else { return "the date lies outside the years 1 to 9999" }
      appendText(value.iso8601)
    }
    return nil
  }

  private mutating func appendNull() {
    offsets.append(Self.null)
    lengths.append(0)
    formats.append(0)
  }

  private mutating func appendText(_ text: String) {
    offsets.append(bytes.count)
    bytes.append(contentsOf: text.utf8)
    lengths.append(Int32(clamping: bytes.count - (offsets.last ?? 0)))
    formats.append(0)
    bytes.append(0)
  }

  private mutating func appendBinary(_ value: [UInt8]) {
    offsets.append(bytes.count)
    lengths.append(Int32(clamping: value.count))
    formats.append(1)
    bytes.append(contentsOf: value)
    // Even an empty value needs an address, because nil means NULL.
    bytes.append(0)
  }
}
