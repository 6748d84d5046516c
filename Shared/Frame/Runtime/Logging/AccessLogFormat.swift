import Encoding
import Schema

/// The values of one request in the access log. It cannot be copied: each request makes one, and its texts are many.
package struct AccessEntry: ~Copyable, Sendable {
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

  @inline(__always)
  private static func cut(_ text: String, to limit: Int) -> String {
    text.utf8.count <= limit ? text : String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "..."
  }
}

/// Writes access lines in the format of the other log lines.
///
/// Each request has a line, so this type writes bytes without intermediate strings, checks the room for a line once, and
/// formats the text before the method once a second.
package struct AccessLogFormat {
  private let format: LogFormat
  private let account: [UInt8]
  private let service: [UInt8]
  private var second: Int64 = .min
  private var opening: [UInt8] = []

  /// Creates a format for the lines of this service, which works under this account of the database.
  package init(service: String, account: String, format: LogFormat) {
    self.format = format
    self.account = format.bytes(of: account)
    self.service = format.bytes(of: service)
  }

  /// Appends the line with its newline.
  package mutating func append(
    _ entry: borrowing AccessEntry, at moment: Timestamp, to line: inout [UInt8]
  ) {
    if moment.secondsSinceEpoch != second {
      second = moment.secondsSinceEpoch
      opening = format.opening(at: Timestamp(secondsSinceEpoch: second), service: service)
    }
    let capacity = opening.count + account.count + entry.maximumBytes
    line.append(upTo: capacity) { output in
      output.append(opening)
      switch format {
      case .json: entry.appendJSON(to: &output, account: account)
      case .text: entry.appendText(to: &output, account: account)
      }
    }
  }
}

extension AccessEntry {
  /// The most bytes of all names and numbers of a line.
  private static let maximumConstantBytes = 512

  /// The most bytes of a line after its opening, without the account's name, in each format.
  fileprivate var maximumBytes: Int {
    var count = Self.maximumConstantBytes
    count += ByteWriter.maximumBytes(ofJSONString: method) + ByteWriter.maximumBytes(ofJSONString: route)
    count += ByteWriter.maximumBytes(ofJSONString: requestID) + ByteWriter.maximumBytes(ofJSONString: path)
    count += ByteWriter.maximumBytes(ofJSONString: client)
    if let clientRequestID { count += ByteWriter.maximumBytes(ofJSONString: clientRequestID) }
    if let traceID { count += ByteWriter.maximumBytes(ofJSONString: traceID) }
    return count
  }

  fileprivate func appendJSON(to line: inout ByteWriter, account: [UInt8]) {
    line.append(jsonString: method)
    line.append(#","route":"#)
    line.append(jsonString: route)
    line.append(#","status":"#)
    line.append(decimal: UInt64(clamping: status))
    line.append(#","duration_us":"#)
    line.append(decimal: durationNanoseconds / 1000)
    line.append(#","waiting_us":"#)
    line.append(decimal: waitNanoseconds / 1000)
    line.append(#","bytes":"#)
    line.append(decimal: UInt64(clamping: responseBytes))
    line.append(#","request_id":"#)
    line.append(jsonString: requestID)
    if let clientRequestID {
      line.append(#","client_request_id":"#)
      line.append(jsonString: clientRequestID)
    }
    line.append(#","path":"#)
    line.append(jsonString: path)
    line.append(#","client":"#)
    line.append(jsonString: client)
    line.append(#","bytes_in":"#)
    line.append(decimal: UInt64(clamping: requestBytes))
    line.append(#","account":"#)
    line.append(account)
    if let principal {
      line.append(#","principal":"#)
      line.append(decimal: UInt64(clamping: principal))
    }
    if let traceID {
      line.append(#","trace_id":"#)
      line.append(jsonString: traceID)
    }
    line.append("}}\n")
  }

  fileprivate func appendText(to line: inout ByteWriter, account: [UInt8]) {
    line.append(visible: method)
    line.append(" ")
    line.append(visible: route)
    line.append(" ")
    line.append(decimal: UInt64(clamping: status))
    line.append(" ")
    line.append(decimal: durationNanoseconds / 1000)
    line.append(" us (waiting ")
    line.append(decimal: waitNanoseconds / 1000)
    line.append(") ")
    line.append(decimal: UInt64(clamping: responseBytes))
    line.append(" bytes request_id=")
    line.append(visible: requestID)
    if let clientRequestID {
      line.append(" client_request_id=")
      line.append(visible: clientRequestID)
    }
    line.append(" path=")
    line.append(visible: path)
    line.append(" client=")
    line.append(visible: client)
    line.append(" bytes_in=")
    line.append(decimal: UInt64(clamping: requestBytes))
    line.append(" account=")
    line.append(account)
    if let principal {
      line.append(" principal=")
      line.append(decimal: UInt64(clamping: principal))
    }
    if let traceID {
      line.append(" trace_id=")
      line.append(visible: traceID)
    }
    line.append("\n")
  }
}

extension LogFormat {
  /// A text as a value of the line.
  fileprivate func bytes(of text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    switch self {
    case .json: appendJSONString(text, to: &bytes)
    case .text: appendVisible(text, to: &bytes)
    }
    return bytes
  }

  /// The text before the method.
  fileprivate func opening(at time: Timestamp, service: [UInt8]) -> [UInt8] {
    let time = Array(time.rfc3339.utf8)
    return switch self {
    case .json:
      Array(#"{"ts":""#.utf8) + time + Array(#"","level":"info","service":"#.utf8) + service
        + Array(#","message":"request","metadata":{"method":"#.utf8)
    case .text: time + Array(" info    ".utf8) + service + Array(": ".utf8)
    }
  }
}
