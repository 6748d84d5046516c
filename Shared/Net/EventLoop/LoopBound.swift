/// A value that only its loop's thread may access, in a wrapper that any thread may hold.
///
/// Most of what a loop owns (connections, buffers, C handles) is unsafe to share, and needs no lock because one thread
/// uses it. This type checks that confinement at run time: reading ``value`` on another thread stops the process.
// @unchecked: Value need not be Sendable, because only the loop's thread can read `value`.
package struct LoopBound<Value>: @unchecked Sendable {
  @usableFromInline let bound: Value
  /// The loop whose thread may access the value.
  package let loop: EventLoop

  /// Binds the value to a loop, on any thread. The caller must keep no other reference to the value.
  @inlinable
  package init(_ value: Value, to loop: EventLoop) {
    bound = value
    self.loop = loop
  }

  /// The value. Reading it on any thread but the loop's is a programming error that stops the process.
  @inlinable
  package var value: Value {
    precondition(loop.isCurrent, "a value bound to a loop was accessed on another thread")
    return bound
  }
}
