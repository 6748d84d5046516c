import HTTP

/// Iterates over the segments of a path without copying them.
struct PathSegments: Sequence, IteratorProtocol {
  private let path: UnsafeBufferPointer<UInt8>
  private var index: Int

  /// - Parameter path: A path that begins with a slash.
  init(_ path: UnsafeBufferPointer<UInt8>) {
    self.path = path
    index = 0
  }

  /// Whether no segment is left. Every slash begins a segment, even a slash at the end.
  @inline(__always)
  var isAtEnd: Bool { index >= path.count }

  @inline(__always)
  mutating func next() -> UnsafeBufferPointer<UInt8>? {
    guard index < path.count else { return nil }
    let start = index &+ 1
    var end = start
    while end < path.count, path[end] != UInt8(ascii: "/") { end &+= 1 }
    index = end
    return UnsafeBufferPointer(rebasing: path[start..<end])
  }
}
