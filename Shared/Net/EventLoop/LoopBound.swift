/// A value that only its loop's thread may touch, in a wrapper that may travel anywhere.
///
/// Most of what a loop owns (connections, buffers, C handles) is not safe to share and needs no lock, because it is
/// confined to one thread. This type is where that claim is checked while the program runs: reading ``value`` on any
/// other thread stops the process.
// @unchecked: Value need not be Sendable, because `value` can only be reached on the loop's own thread.
package struct LoopBound<Value>: @unchecked Sendable {
  @usableFromInline let bound: Value
  /// The loop whose thread may touch the value.
  package let loop: EventLoop

  /// Binds the value to a loop. It may be made on any thread, provided its maker keeps no other way to it.
  @inlinable
  package init(_ value: Value, to loop: EventLoop) {
    bound = value
    self.loop = loop
  }

  /// The value. Only on the loop's thread; anywhere else it is a programming error and stops the process.
  @inlinable
  package var value: Value {
    precondition(loop.isCurrent, "a value bound to a loop was touched on another thread")
    return bound
  }
}
