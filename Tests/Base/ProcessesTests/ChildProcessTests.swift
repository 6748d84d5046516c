import Glibc
import Testing

@testable import Processes

struct ChildProcessTests {
  @Test
  func `a program runs to its end with its input, arguments, variables and folder`() throws {
    let outcome = try ChildProcess.run(
      "sh", ["-c", "cat; echo $WORD; pwd; echo trouble >&2; exit 3"], environment: ["WORD": "variable"],
      folder: "/", input: Array("input\n".utf8))
    #expect(outcome.ending == .exit(3))
    #expect(!outcome.isSuccess)
    #expect(outcome.output == "input\nvariable\n/\n")
    #expect(outcome.errors == "trouble\n")
  }

  @Test
  func `both streams go to one output when the caller merges them`() throws {
    let outcome = try ChildProcess.run("sh", ["-c", "echo one; echo two >&2; echo three"], isMerged: true)
    #expect(outcome.output == "one\ntwo\nthree\n")
    #expect(outcome.errors.isEmpty)
  }

  @Test
  func `a child inherits the variables of its starter unless it gets its own`() throws {
    #expect(try ChildProcess.run("sh", ["-c", "test -n \"$PATH\""]).isSuccess)
    // The shell sets variables of its own; env prints what it got.
    #expect(try ChildProcess.run("env", environment: [:]).output.isEmpty)
  }

  @Test
  func `a program that is missing is an error with its name and the reason`() throws {
    let error = #expect(throws: ProcessError.self) { try ChildProcess("/no/such/program") }
    #expect(error?.description == "cannot start /no/such/program: No such file or directory")
  }

  @Test
  func `a child starts with no blocked or ignored signal`() throws {
    let outcome = try withAllSignalsBlocked {
      try ChildProcess.run("grep", ["-E", "SigBlk|SigIgn", "/proc/self/status"])
    }
    // The C library keeps two signals for itself, the first of the real-time ones, which a spawned child ignores.
    #expect(outcome.output.hasPrefix("SigBlk:\t0000000000000000\nSigIgn:\t"))
    let ignored = outcome.output.split(separator: "\t").last.map { $0.filter(\.isHexDigit) } ?? ""
    #expect(UInt64(ignored, radix: 16).map { $0 & 0x7fff_ffff } == 0, "\(outcome.output)")
  }

  @Test
  func `a child has no descriptor of its starter beside its streams`() throws {
    // Without close-on-exec.
    let descriptor = dup(1)
    defer { close(descriptor) }
    // The listing itself is the fourth.
    #expect(try ChildProcess.run("ls", ["/proc/self/fd"]).output == "0\n1\n2\n3\n")
  }

  @Test
  func `streams that are each other's numbers are not confused`() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let child = try ChildProcess(
      "sh", ["-c", "echo out; echo err >&2"], streams: ProcessStreams(output: ends[1], errors: ends[1]))
    #expect(child.wait() == .exit(0))
    var bytes = [UInt8](repeating: 0, count: 8)
    #expect(read(ends[0], &bytes, 8) == 8)
    #expect(String(decoding: bytes, as: UTF8.self) == "out\nerr\n")
  }

  @Test
  func `a child has a process group of its own`() throws {
    let child = try ChildProcess("sleep", ["60"])
    defer { child.send(SIGKILL) }
    #expect(getpgid(child.identifier) == child.identifier)
  }

  @Test
  func `a signal ends a child, and its ending is reported as often as it is read`() throws {
    let child = try ChildProcess("sleep", ["60"])
    #expect(child.isRunning)
    child.send(SIGTERM)
    #expect(child.wait() == .signal(SIGTERM))
    #expect(child.ending == .signal(SIGTERM))
    #expect("\(child.wait())" == "signal 15")
    // The identifier may belong to another process by now.
    child.send(SIGKILL)
  }

  @Test
  func `a child that ended is collected, also where its starter has forgotten it`() async throws {
    let identifier = try ChildProcess("true").identifier
    for _ in 0..<3_000 where kill(identifier, 0) == 0 { try await Task.sleep(for: .milliseconds(20)) }
    #expect(kill(identifier, 0) == -1 && errno == ESRCH)
  }

  @Test
  func `an output of megabytes waits for no reader`() throws {
    let outcome = try ChildProcess.run("head", ["-c", "3000000", "/dev/zero"])
    #expect(outcome.output.utf8.count == 3_000_000)
  }

  private func withAllSignalsBlocked<Result>(_ body: () throws -> Result) rethrows -> Result {
    var (all, before) = (sigset_t(), sigset_t())
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
  }
}
