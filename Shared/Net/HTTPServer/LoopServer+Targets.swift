import Encoding
import HTTP
import Transport

// What the first bytes of a request show.
extension LoopServer {
  /// Whether the bytes begin with a request that a refused connection gets an answer to.
  func isReserved(_ bytes: UnsafeRawBufferPointer) -> Bool {
    reserved.contains { bytes.starts(with: $0) }
  }

  /// The target of a request of which a few are not refused for lack of time, among the server's.
  func unshedTarget(of bytes: UnsafeRawBufferPointer) -> Int? {
    unshed.firstIndex { bytes.starts(with: $0) }
  }

  /// Whether it is a request of which a few are not refused for lack of time. It waits behind no client's share.
  func isUnshed(_ request: borrowing Request) -> Bool {
    guard request.method == .get else { return false }
    let target = request.target
    return configuration.reservedTargets.contains { $0.isSame(as: target) }
      || configuration.operatorTargets.contains { $0.isSame(as: target) }
  }

  /// Whether the bytes are too few to see the method, or whether the request is one that may not be refused.
  func isUndecided(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if bytes.count < ServerLimit.methodBytes, !bytes.contains(UInt8(ascii: " ")) { return true }
    return unshed.contains { $0.count > bytes.count && $0.starts(with: bytes) }
  }
}

/// The requests in progress that a loop took although it refuses others, because of their targets.
///
/// Such a target is a budget and not a pass: probes and scrapers are few, and a client that sends many is like any other. Each
/// target counts alone, so that a slow one does not refuse the probes of another.
struct ExemptRequests {
  private var inProgress: [(target: Int, site: ClientSource)] = []

  /// Takes a request, unless as many of its target or of its site are in progress as may be.
  mutating func enter(_ target: Int, from site: ClientSource) -> Bool {
    let same = inProgress.filter { $0.target == target }
    guard same.count < ServerLimit.exemptRequests,
      same.count(where: { $0.site == site }) < ServerLimit.exemptRequestsOfSite
    else { return false }
    inProgress.append((target, site))
    return true
  }

  /// A request that was taken has its response, or its connection has ended.
  mutating func leave(_ target: Int, from site: ClientSource) {
    guard let index = inProgress.firstIndex(where: { $0 == (target, site) }) else { return }
    inProgress.remove(at: index)
  }
}
