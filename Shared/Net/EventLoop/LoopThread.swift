import CLinux
import Glibc

/// The thread of a loop, and the slot in which every such thread keeps its loop.
///
/// A thread-specific slot rather than `pthread_self()`: that one is declared constant, so the optimizer may carry its
/// answer across an `await` onto another thread.
enum LoopThread {
  /// Linux takes at most 15 bytes and a NUL for the name of a thread.
  private static let nameLengthLimit = 15

  static let slot: pthread_key_t = {
    var key = pthread_key_t()
    let result = pthread_key_create(&key, nil)
    precondition(result == 0, "no thread-specific slot is left for the event loops")
    return key
  }()

  static var current: EventLoop? {
    guard let pointer = pthread_getspecific(slot) else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Starts a detached thread that runs the loop until it is stopped, and keeps the loop alive meanwhile.
  static func start(_ loop: EventLoop) {
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let loop = Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue()
        _ = bulkhead_name_thread(String(loop.name.prefix(LoopThread.nameLengthLimit)))
        pthread_setspecific(LoopThread.slot, Unmanaged.passUnretained(loop).toOpaque())
        loop.runUntilStopped()
        pthread_setspecific(LoopThread.slot, nil)
        return nil
      }, Unmanaged.passRetained(loop).toOpaque())
    precondition(result == 0, "the system refused a thread for an event loop")
    pthread_detach(thread)
  }
}
