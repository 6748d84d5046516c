import Schema

/// The values of one request in the access log.
package struct AccessEntry: Sendable, Hashable {
  /// The method, as the client sent it.
  package var method: String
  /// The template of the route.
  package var route: String
  /// The status of the response.
  package var status: Int
  /// The time between the complete request and the complete response.
  package var durationNanoseconds: UInt64
  /// The part of it before the handler began: the request waited behind others of its client.
  package var waitNanoseconds: UInt64
  /// The length of the response's body.
  package var responseBytes: Int
  /// The service's own id of the request, as in events and the audit log.
  package var requestID: String
  /// The client's `X-Request-Id`, where it sent a valid one.
  package var clientRequestID: String?
  /// The path as the client sent it, without the query, which may hold secrets. The line has its first
  /// ``maximumPathBytes``.
  package var path: String
  /// The client's address.
  package var client: String
  /// The user of a request with a token.
  package var principal: Int64?
  /// The length of the request's body.
  package var requestBytes: Int
  /// The trace that the request belongs to.
  package var traceID: String?

  /// The most bytes of a path in a line.
  package static let maximumPathBytes = 256
  /// The most bytes of a method in a line.
  package static let maximumMethodBytes = 32

  /// Creates an entry.
  package init(
    method: String, route: String, status: Int, durationNanoseconds: UInt64, waitNanoseconds: UInt64 = 0,
    responseBytes: Int, requestID: String, clientRequestID: String? = nil, path: String, client: String,
    principal: Int64? = nil,
    requestBytes: Int = 0,
    traceID: String? = nil
  ) {
    self.method = Self.cut(method, to: Self.maximumMethodBytes)
    self.path = Self.cut(path, to: Self.maximumPathBytes)
    self.client = client
    self.principal = principal
    self.requestBytes = requestBytes
    self.traceID = traceID
    self.route = route
    self.status = status
    self.durationNanoseconds = durationNanoseconds
    self.waitNanoseconds = waitNanoseconds
    self.responseBytes = responseBytes
    self.requestID = requestID
    self.clientRequestID = clientRequestID
  }

  private static func cut(_ text: String, to limit: Int) -> String {
    text.utf8.count <= limit ? text : String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "..."
  }
}

/// Writes access lines in the format of the other log lines.
///
/// Each request has a line, so this type writes bytes without intermediate strings, and formats the time once a
/// second.
package struct AccessLogFormat {
  private let format: LogFormat
  private let service: String
  private let account: String
  private let beginning: [UInt8]
  private var second: Int64 = .min
  private var time: [UInt8] = []

  /// Creates a format for the lines of this service, which works under this account of the database.
  package init(service: String, account: String, format: LogFormat) {
    self.account = account
    self.format = format
    self.service = service
    beginning = format.accessLineBeginning(service: service)
  }

  /// Appends the line with its newline.
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
    append(#","route":"#, entry.route, to: &line)
    append(#","status":"#, UInt64(clamping: entry.status), to: &line)
    append(#","duration_us":"#, entry.durationNanoseconds / 1000, to: &line)
    append(#","waiting_us":"#, entry.waitNanoseconds / 1000, to: &line)
    append(#","bytes":"#, UInt64(clamping: entry.responseBytes), to: &line)
    append(#","request_id":"#, entry.requestID, to: &line)
    if let id = entry.clientRequestID { append(#","client_request_id":"#, id, to: &line) }
    append(#","path":"#, entry.path, to: &line)
    append(#","client":"#, entry.client, to: &line)
    append(#","bytes_in":"#, UInt64(clamping: entry.requestBytes), to: &line)
    append(#","account":"#, account, to: &line)
    if let principal = entry.principal {
      append(#","principal":"#, UInt64(clamping: principal), to: &line)
    }
    if let traceID = entry.traceID { append(#","trace_id":"#, traceID, to: &line) }
    line.append("}}\n")
  }

  private func append(_ name: StaticString, _ text: String, to line: inout [UInt8]) {
    line.append(name)
    appendJSONString(text, to: &line)
  }

  private func append(_ name: StaticString, _ number: UInt64, to line: inout [UInt8]) {
    line.append(name)
    line.append(decimal: number)
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
    line.append(" us (waiting ")
    line.append(decimal: entry.waitNanoseconds / 1000)
    line.append(") ")
    line.append(decimal: UInt64(clamping: entry.responseBytes))
    line.append(" bytes request_id=")
    appendVisible(entry.requestID, to: &line)
    if let id = entry.clientRequestID {
      line.append(" client_request_id=")
      appendVisible(id, to: &line)
    }
    line.append(" path=")
    appendVisible(entry.path, to: &line)
    line.append(" client=")
    appendVisible(entry.client, to: &line)
    line.append(" bytes_in=")
    line.append(decimal: UInt64(clamping: entry.requestBytes))
    line.append(" account=")
    appendVisible(account, to: &line)
    if let principal = entry.principal {
      line.append(" principal=")
      line.append(decimal: UInt64(clamping: principal))
    }
    if let traceID = entry.traceID {
      line.append(" trace_id=")
      appendVisible(traceID, to: &line)
    }
    line.append("\n")
  }
}

extension LogFormat {
  /// The constant text between the time and the method.
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

  /// Appends through a pointer, which avoids reference counting.
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
