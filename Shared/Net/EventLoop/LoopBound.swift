/// A value that only its loop's thread may access, in a wrapper that any thread may hold.
///
/// Most of what a loop owns (connections, buffers, C handles) is unsafe to share, and needs no lock because one thread
/// uses it. This type checks that confinement at run time: reading ``value`` on another thread stops the process.
///
/// It is `public`, because the compiler then specialises the generic type in other modules.
// @unchecked: Value need not be Sendable, because only the loop's thread can read `value`.
public struct LoopBound<Value>: @unchecked Sendable {
  @usableFromInline let bound: Value
  /// The loop whose thread may access the value.
  package let loop: EventLoop

  /// Binds the value to a loop, on any thread. The caller must keep no other reference to the value.
  package init(_ value: Value, to loop: EventLoop) {
    bound = value
    self.loop = loop
  }

  /// The value. Reading it on any thread but the loop's is a programming error that stops the process.
  @inlinable
  public var value: Value {
    precondition(isOnItsLoop, "a value bound to a loop was accessed on another thread")
    return bound
  }

  @usableFromInline
  var isOnItsLoop: Bool { loop.isCurrent }
}
