import Schema

/// What is logged of one request.
package struct AccessEntry: Sendable, Hashable {
  /// As the client sent it.
  package var method: String
  /// The template of the route, never the path: paths hold ids, and whatever a client makes up.
  package var route: String
  /// The status of the answer.
  package var status: Int
  /// From the whole request being there to the answer being there.
  package var durationNanoseconds: UInt64
  /// The length of the body.
  package var responseBytes: Int
  /// What `X-Request-Id` says.
  package var requestID: String

  /// Takes the values as they are.
  package init(
    method: String, route: String, status: Int, durationNanoseconds: UInt64, responseBytes: Int,
    requestID: String
  ) {
    self.method = method
    self.route = route
    self.status = status
    self.durationNanoseconds = durationNanoseconds
    self.responseBytes = responseBytes
    self.requestID = requestID
  }
}

/// Writes access lines in the format of the other log lines, without making strings of them first: there is one for
/// every request. The time is formatted once a second.
package struct AccessLogFormat {
  private let format: LogFormat
  private let service: String
  private let beginning: [UInt8]
  private var second: Int64 = .min
  private var time: [UInt8] = []

  /// Lines of this service.
  package init(service: String, format: LogFormat) {
    self.format = format
    self.service = service
    beginning = format.accessLineBeginning(service: service)
  }

  /// Appends the line, newline included.
  package mutating func append(_ entry: AccessEntry, at moment: Timestamp, to line: inout [UInt8]) {
    if moment.secondsSinceEpoch != second {
      second = moment.secondsSinceEpoch
      time = Array(Timestamp(secondsSinceEpoch: second).rfc3339.utf8)
    }
    switch format {
    case .json: appendJSON(entry, to: &line)
    case .text: appendText(entry, to: &line)
    }
  }

  private func appendJSON(_ entry: AccessEntry, to line: inout [UInt8]) {
    line.append(#"{"ts":""#)
    line.append(time)
    line.append(beginning)
    appendJSONString(entry.method, to: &line)
    line.append(#","route":"#)
    appendJSONString(entry.route, to: &line)
    line.append(#","status":"#)
    line.append(decimal: UInt64(clamping: entry.status))
    line.append(#","duration_us":"#)
    line.append(decimal: entry.durationNanoseconds / 1000)
    line.append(#","bytes":"#)
    line.append(decimal: UInt64(clamping: entry.responseBytes))
    line.append(#","request_id":"#)
    appendJSONString(entry.requestID, to: &line)
    line.append("}}\n")
  }

  private func appendText(_ entry: AccessEntry, to line: inout [UInt8]) {
    line.append(time)
    line.append(beginning)
    appendVisible(entry.method, to: &line)
    line.append(" ")
    appendVisible(entry.route, to: &line)
    line.append(" ")
    line.append(decimal: UInt64(clamping: entry.status))
    line.append(" ")
    line.append(decimal: entry.durationNanoseconds / 1000)
    line.append(" us ")
    line.append(decimal: UInt64(clamping: entry.responseBytes))
    line.append(" bytes request_id=")
    appendVisible(entry.requestID, to: &line)
    line.append("\n")
  }
}

extension LogFormat {
  /// What stands between the time and the method, the same in every line.
  fileprivate func accessLineBeginning(service: String) -> [UInt8] {
    var bytes: [UInt8] = []
    switch self {
    case .json:
      bytes.append(#"","level":"info","service":"#)
      appendJSONString(service, to: &bytes)
      bytes.append(#","message":"request","metadata":{"method":"#)
    case .text:
      bytes.append(" info    ")
      appendVisible(service, to: &bytes)
      bytes.append(": ")
    }
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Without counting a reference to what is only read.
  fileprivate mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
  }

  fileprivate mutating func append(decimal number: UInt64) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var start = digits.count
      var rest = number
      repeat {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }
}
