/// The trace that a request belongs to (W3C Trace Context, level 1): `00-TRACE-PARENT-FLAGS`.
///
/// A service continues its caller's trace: the log has the trace's id, and calls to other services carry it on with an
/// id of their own. It begins no traces.
package struct TraceContext: Sendable, Hashable {
  /// 32 hexadecimal digits.
  package let traceID: String
  private let flags: String

  /// The trace of the task's request, for calls to other services.
  @TaskLocal package static var current: TraceContext?

  /// The name of the field.
  package static let fieldName = "traceparent"
  /// The length of the field in version 00. Later versions may append to it.
  private static let fieldBytes = 55

  /// Reads the field; nil for a malformed one, which counts as absent (section 3.2).
  package init?(_ text: String) {
    let parts = text.utf8.prefix(Self.fieldBytes).split(
      separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [2, 32, 16, 2], parts.allSatisfy({ $0.allSatisfy(Self.isDigit) }) else {
      return nil
    }
    let (version, rest) = (String(parts[0]), text.utf8.dropFirst(Self.fieldBytes))
    guard version != "ff", rest.isEmpty || (version != "00" && rest.first == UInt8(ascii: "-")) else {
      return nil
    }
    guard !parts[1].allSatisfy({ $0 == UInt8(ascii: "0") }), !parts[2].allSatisfy({ $0 == UInt8(ascii: "0") })
    else { return nil }
    (traceID, flags) = (String(parts[1]) ?? "", String(parts[3]) ?? "")
  }

  /// The trace of a request; nil where it has several fields, which is malformed as a whole: any of them may be invented.
  package init?(of headers: borrowing Headers) {
    guard let first = headers[Self.fieldName], headers.values(of: Self.fieldName).count == 1 else {
      return nil
    }
    self.init(first)
  }

  /// The field of a call to another service, with a new id for the call.
  package func field(callID: UInt64 = .random(in: 1 ... .max)) -> String {
    let digits = String(callID, radix: 16)
    return "00-\(traceID)-\(String(repeating: "0", count: 16 - digits.count))\(digits)-\(flags)"
  }

  /// Upper-case digits are not valid.
  private static func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
