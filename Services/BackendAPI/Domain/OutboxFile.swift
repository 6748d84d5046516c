import EventLoop
import Glibc
import JSON
import Runtime

/// A file of messages, one line of JSON for each. An operator's program sends them and removes the file.
///
/// The lines contain tokens, so the file is readable by its owner alone. Each message opens the file anew: a program that moves
/// it away loses none. One call writes a whole line at the end, also where several processes write: each holds the file's lock
/// meanwhile, and takes a part of a line back that a full disk leaves.
///
/// One thread of its own has all work with the file. A file system that does not answer, or a program that keeps the lock,
/// holds up messages and no other request.
struct OutboxFile: Mailer {
  /// A file that no program empties must not fill the disk.
  static let maximumBytes: Int64 = 64 << 20
  private static let privateMode: mode_t = 0o600
  /// Messages that wait for the thread, and the longest time that one waits for it and for the file.
  private static let queueLimit = 256
  private static let waitMilliseconds = 5_000
  /// Another process writes one line under the lock. A program that keeps the lock must not hold up the other messages.
  private static let lockAttempts = 50
  private static let lockPauseMicroseconds: UInt32 = 1_000

  let path: String
  /// The system's call, with the number of bytes that it wrote.
  var writing: @Sendable (Int32, UnsafeRawBufferPointer) -> Int = { write($0, $1.baseAddress, $1.count) }

  /// The longest wait for an answer of the file system.
  var limitMilliseconds = waitMilliseconds

  private let queue = OffloadQueue(
    name: "outbox", concurrency: 1, queueLimit: queueLimit, waitLimitMilliseconds: waitMilliseconds)

  func send(_ message: MailMessage) async throws(MailError) {
    try await onThread { () throws(MailError) in try append(message) }
  }

  func check() async throws(MailError) {
    try await onThread { () throws(MailError) in
      if let problem { throw problem }
      // Without a file no program keeps its lock.
      guard let descriptor = try? opened(creating: false) else { return }
      defer { close(descriptor) }
      try lock(descriptor)
    }
  }

  /// Work that exceeds its time goes on without its caller: a call that hangs cannot be taken back.
  private func onThread(_ body: @escaping @Sendable () throws(MailError) -> Void) async throws(MailError) {
    let outcome = await TimeLimit.value(seconds: Double(limitMilliseconds) / 1_000) {
      [queue, path] () async -> MailError? in
      do {
        try await queue.run { try body() }
        return nil
      } catch {
        return error as? MailError ?? MailError(description: "\(path) takes no more messages: \(error)")
      }
    }
    guard let outcome else {
      throw MailError(description: "\(path) did not answer within \(limitMilliseconds) ms")
    }
    if let error = outcome { throw error }
  }

  /// Appends the message to the file, and waits for the file.
  func append(_ message: MailMessage) throws(MailError) {
    guard var line = try? JSONCoding.encode(message) else {
      throw MailError(description: "a message is not JSON")
    }
    line.append(UInt8(ascii: "\n"))
    let descriptor = try opened()
    // The end of the descriptor is the end of the lock.
    defer { close(descriptor) }
    try lock(descriptor)
    // Under the lock the size stays, and the file may have been removed before it.
    let size = try check(descriptor)
    let written = line.withUnsafeBytes { writing(descriptor, $0) }
    guard written != line.count else { return }
    guard written > 0 else { throw failure("write to") }
    guard ftruncate(descriptor, size) == 0 else { throw failure("take a part of a line back from") }
    throw MailError(description: "cannot write a whole line to \(path): the disk may be full")
  }

  private func lock(_ descriptor: Int32) throws(MailError) {
    for _ in 0..<Self.lockAttempts {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
      guard errno == EWOULDBLOCK || errno == EINTR else { throw failure("lock") }
      usleep(Self.lockPauseMicroseconds)
    }
    throw MailError(description: "another program keeps the lock of \(path)")
  }

  /// Why no message can be written; nil where one can.
  var objection: String? { problem?.description }

  /// Why no message can be written. It creates nothing: a file that is missing in its folder appears with the first message.
  var problem: MailError? {
    do throws(MailError) {
      close(try opened(creating: false))
      return nil
    } catch {
      var status = stat()
      guard lstat(path, &status) != 0, errno == ENOENT else { return error }
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
      guard access(folder, W_OK | X_OK) != 0 else { return nil }
      return MailError(description: "the folder of \(path) is missing or cannot be written", isPassing: true)
    }
  }

  private func opened(creating: Bool = true) throws(MailError) -> Int32 {
    // Without O_NONBLOCK, the opening of a pipe waits for a reader.
    let flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
    let descriptor = open(path, creating ? flags | O_CREAT : flags, Self.privateMode)
    guard descriptor >= 0 else { throw failure("open") }
    do throws(MailError) {
      _ = try check(descriptor)
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Refuses a file that others may read, own, or reach by another name. Returns its size.
  private func check(_ descriptor: Int32) throws(MailError) -> off_t {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("examine") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw MailError(description: "\(path) is not a regular file")
    }
    guard status.st_uid == geteuid() else {
      throw MailError(description: "\(path) belongs to another user (uid \(status.st_uid))")
    }
    guard status.st_nlink == 1 else {
      throw MailError(
        description: "\(path) has \(status.st_nlink) names: move it away, the next message makes a new one")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw MailError(description: "\(path) holds tokens and is open to other users (run: chmod 600 \(path))")
    }
    guard status.st_size < Self.maximumBytes else {
      throw MailError(
        description: "\(path) has \(Self.maximumBytes) bytes or more: send its messages, and move it away",
        isPassing: true)
    }
    return status.st_size
  }

  private func failure(_ operation: String) -> MailError {
    MailError(
      description: "cannot \(operation) \(path): \(String(cString: strerror(errno)))",
      isPassing: errno == ENOENT)
  }
}

extension OutboxFile {
  /// The file that `MAIL_OUTBOX` names; nil without it, and then addresses change without a confirmation.
  init?(reading environment: inout EnvironmentReader) {
    guard let path = environment.optionalText("MAIL_OUTBOX") else { return nil }
    self.init(path: path)
    // A full or missing file delays messages. It must not stop sign-ins, so the service starts, and its routes answer 503.
    switch problem {
    case let problem? where problem.isPassing:
      environment.warn("MAIL_OUTBOX", "\(problem); until that is mended, messages are answered with 503")
    case let problem?: environment.report("MAIL_OUTBOX", problem.description)
    case nil: break
    }
  }
}
