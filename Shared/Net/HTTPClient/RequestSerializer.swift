import HTTP

/// Writes a request as bytes (RFC 9112, section 3).
enum RequestSerializer {
  private static let ownFields: Set<String> = ["host", "content-length", "connection", "transfer-encoding"]

  static func bytes(_ method: Method, _ url: HTTPURL, headers: Headers, body: [UInt8]) -> [UInt8] {
    var head = "\(method) \(url.target) HTTP/1.1\r\nHost: \(url.authority)\r\nConnection: close\r\n"
    if !body.isEmpty || expectsBody(method) { head += "Content-Length: \(body.count)\r\n" }
    for (name, value) in headers where !ownFields.contains(name.lowercased()) {
      head += "\(name): \(value)\r\n"
    }
    return Array(head.utf8) + Array("\r\n".utf8) + body
  }

  /// Methods whose requests state their length even without a body (RFC 9110, section 8.6).
  private static func expectsBody(_ method: Method) -> Bool {
    method == .post || method == .put || method == .patch
  }
}
