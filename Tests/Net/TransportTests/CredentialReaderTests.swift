import Dispatch
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import Transport

/// The files of credentials, and mounts that hang.
struct CredentialReaderTests {
  /// A file whose reading can hang.
  private final class File: Sendable {
    private let content = Mutex<CredentialText?>(CredentialText(Secret("first")))
    private let isHung = Mutex(false)
    private let mayAnswer = DispatchSemaphore(value: 0)
    let reads = Atomic<Int>(0)

    func write(_ text: String?) { content.withLock { $0 = text.map { CredentialText(parsing: $0) } } }
    func hang() { isHung.withLock { $0 = true } }
    func recover() {
      isHung.withLock { $0 = false }
      mayAnswer.signal()
    }

    func read() -> CredentialText? {
      reads.wrappingAdd(1, ordering: .relaxed)
      if isHung.withLock({ $0 }) { mayAnswer.wait() }
      return content.withLock { $0 }
    }
  }

  private let file = File()
  private let log = LogRecorder()

  private func reader() -> CredentialReader {
    CredentialReader(
      .file("/run/secrets/db", initial: Secret("initial")), account: "connector-rw", logger: log.logger,
      limitMilliseconds: 100, read: { [file] in file.read() })
  }

  @Test func `a credential is read for each use, and one that is gone leaves the last in use`() {
    let reader = reader()
    #expect(reader.current() == CredentialText(Secret("first")))
    file.write("second")
    #expect(reader.current() == CredentialText(Secret("second")))
    file.write(nil)
    #expect(
      reader.current() == CredentialText(Secret("second")), "and not the one from the start of the program")
  }

  @Test(.timeLimit(.minutes(8)))
  func `a mount that hangs holds one thread, leaves the last credential in use and is logged`() async throws {
    let reader = reader()
    file.write("second")
    #expect(reader.current() == CredentialText(Secret("second")))
    file.hang()
    // Without the limit, the first of these calls never returns.
    for _ in 0..<50 { #expect(reader.current() == CredentialText(Secret("second"))) }
    #expect(file.reads.load(ordering: .relaxed) == 2, "no second thread waits for the file")
    #expect(log.lines == ["credential file does not answer"])
    #expect(log.values(of: "file") == ["/run/secrets/db"])
    file.write("third")
    file.recover()
    try await eventually("the mount answers again") { reader.current() == CredentialText(Secret("third")) }
    #expect(log.lines == ["credential file does not answer", "credential file answers again"])
    #expect(!"\(log.all)".contains("second"))
  }
}
