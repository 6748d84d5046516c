import CLinux
import Glibc

/// The thread of a loop, and the thread-specific slot that stores the thread's loop.
///
/// The slot replaces `pthread_self()`, which is declared constant: the optimizer may reuse its result after an `await`
/// on another thread.
enum LoopThread {
  /// Linux limits a thread's name to 15 bytes and a NUL.
  private static let nameLengthLimit = 15

  static let slot: pthread_key_t = {
    var key = pthread_key_t()
    let result = pthread_key_create(&key, nil)
    precondition(result == 0, "the system has no thread-specific slot left for the event loops")
    return key
  }()

  static var current: EventLoop? {
    guard let pointer = pthread_getspecific(slot) else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Starts a detached thread that retains the loop and runs it until it stops.
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
    precondition(result == 0, "the system could not start a thread for an event loop")
    pthread_detach(thread)
  }
}
