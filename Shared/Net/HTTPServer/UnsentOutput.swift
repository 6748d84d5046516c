/// What the client has not taken yet of its answers.
struct UnsentOutput {
  private var bytes: [UInt8] = []
  private var start = 0

  var isEmpty: Bool { start == bytes.count }

  /// Keeps bytes behind those that wait already.
  mutating func append(_ more: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: more)
  }

  /// Gives what waits to a writer, which says how much of it is gone. An empty queue owns no memory.
  mutating func write<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) {
    let written = try bytes.withUnsafeBufferPointer { (all) throws(Failure) -> Int in
      try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[start...])))
    }
    start += written
    if isEmpty { self = UnsentOutput() }
  }
}
