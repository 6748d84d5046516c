// What the first bytes of a request show.
extension LoopServer {
  /// Whether the bytes begin with a request that a refused connection gets an answer to.
  func isReserved(_ bytes: UnsafeRawBufferPointer) -> Bool {
    reserved.contains { bytes.starts(with: $0) }
  }

  /// Whether the bytes begin with a request that is never refused for lack of time.
  func isUnshed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    unshed.contains { bytes.starts(with: $0) }
  }

  /// Whether the bytes are too few to see the method, or whether the request is one that is never refused.
  func isUndecided(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if bytes.count < ServerLimit.methodBytes, !bytes.contains(UInt8(ascii: " ")) { return true }
    return unshed.contains { $0.count > bytes.count && $0.starts(with: bytes) }
  }
}
