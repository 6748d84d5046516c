import Clock
import EventLoop
import HTTP
import Routing

// What happens to a request that the loop has no time for.
extension Connection {
  /// Decides at the first bytes of a request whether it is refused, or later, while they are too few to see what it is.
  /// `isFirst`: whether the client sent the request with no other one before it that has no response yet.
  func decide(at bytes: UnsafeRawBufferPointer, isLate: Bool, isFirst: Bool) {
    switch state {
    case .idle:
      if !beginning.isEmpty { beginning = [] }
      if server.isUndecided(bytes) {
        beginning = Array(bytes)
      } else {
        judge(bytes, isLate: isLate, isFirst: isFirst)
      }
    case .receiving where !beginning.isEmpty:
      let begun = beginning + bytes.prefix(ServerLimit.decidingBytes)
      begun.withUnsafeBytes { head in
        beginning = server.isUndecided(head) ? begun : []
        if beginning.isEmpty { judge(head, isLate: isLate, isFirst: isFirst) }
      }
    case .receiving, .calling, .awaiting, .paused, .closing, .lingering, .closed: break
    }
  }

  private func judge(_ head: UnsafeRawBufferPointer, isLate: Bool, isFirst: Bool) {
    isDoomed =
      (isLate || server.refuses(LoadShedder.work(of: head))) && !(isFirst && takeExemption(for: head))
  }

  /// Whether the request is one of the few that are not refused because of their target.
  private func takeExemption(for head: UnsafeRawBufferPointer) -> Bool {
    endExemption()
    guard let target = server.unshedTarget(of: head), server.exempt.enter(target, from: peer.source.site)
    else { return false }
    exemption = target
    return true
  }

  /// The request has its response, or gets none.
  func endExemption() {
    guard let target = exemption else { return }
    exemption = nil
    server.exempt.leave(target, from: peer.source.site)
  }

  /// Refuses a request that the parser has delimited. Nothing of it was read but where it ends, so that the connection can
  /// stay: a client that must connect again costs more than one that waits.
  func shed(_ request: borrowing Request) {
    shed(isHead: request.method == .head, mayStay: request.keepAlive && request.version == .http11)
  }

  /// Refuses a complete request. The connection stays where the client and the server allow it.
  func shed(isHead: Bool, mayStay: Bool) {
    let stays = mayStay && !server.isEnding && standing == .admitted
    server.gatherRefusal(isHead: isHead, closes: !stays)
    isDoomed = false
    endExemption()
    if stays { return pause() }
    lastHeard = MonotonicClock.coarseNanoseconds()
    enter(.closing(.lingering))
  }

  /// Reads nothing for a while: no longer than the refusal says, so the connection does not count itself.
  func pause() {
    lastHeard = MonotonicClock.coarseNanoseconds()
    enter(.paused)
    server.pausedCount += 1
  }

  /// Whether a responder's answer is a refusal whose client could repeat it at once, and so keep the loop from others: the
  /// hashing queue is full, or the database is away. A connection of a proxy carries other clients' requests too. A client
  /// that claims to be a proxy avoids only what it avoids behind one as well.
  func mustPause(after response: Response) -> Bool {
    response.status.code == 503 && !peer.isTrustedProxy && !isForwarded && standing == .admitted
      && !server.isEnding && response.headers["Retry-After"] != nil
  }

  /// Refuses a request whose client waits for permission to send the body. It may send the body or not.
  func shedUnread() {
    server.gatherRefusal(isHead: false, closes: true)
    isDoomed = false
    waitingInput = []
    enter(.closing(.lingering))
  }

  /// Reads the connection again after a refusal.
  func endPause() {
    guard case .paused = state else { return }
    server.pausedCount -= 1
    enter(.idle)
    resume()
    flushGathered()
    updateInterest()
  }
}

extension Response {
  /// The response, with a `Retry-After` of so many seconds or more: its connection is not read for about that time.
  func naming(atLeast seconds: Int) -> Response {
    guard let named = headers["Retry-After"].flatMap({ Int($0) }), named < seconds else { return self }
    var response = self
    response.headers.set("Retry-After", "\(seconds)")
    return response
  }
}

/// The response to a request that is refused for lack of time. All but its request id and its date is made once.
struct RefusalResponse {
  private let beginning: [UInt8]
  private let staying: [UInt8]
  private let closing: [UInt8]
  private let body = Problem.unavailable("The service is at its limit.").response().body

  /// `retryAfterSeconds` are about the time for which the connection is not read.
  init(retryAfterSeconds: Int) {
    beginning = Array(
      ("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
        + "Cache-Control: no-store\r\nRetry-After: \(retryAfterSeconds)\r\n"
        + "Content-Length: \(body.count)\r\nX-Request-Id: ").utf8)
    staying = Array("\r\n".utf8)
    closing = Array("Connection: close\r\n\r\n".utf8)
  }

  /// `fields` are the lines of every response.
  func append(to output: inout [UInt8], requestID: String, fields: [UInt8], isHead: Bool, closes: Bool) {
    output.append(contentsOf: beginning)
    output.append(contentsOf: requestID.utf8)
    output.append(contentsOf: "\r\n".utf8)
    output.append(contentsOf: fields)
    output.append(contentsOf: closes ? closing : staying)
    if !isHead { output.append(contentsOf: body) }
  }
}
