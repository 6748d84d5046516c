import Cryptography
import Foundation
import Glibc
import Logging
import Synchronization
import Testing

@testable import Runtime

@Suite struct LifeCycleTests {
  private let lifeCycle = LifeCycle(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

  @Test func `the stage never goes back`() async {
    #expect(lifeCycle.current == .starting)
    lifeCycle.becomeReady()
    #expect(lifeCycle.current == .ready)
    await lifeCycle.shutDown([])
    #expect(lifeCycle.current == .stopped)
    lifeCycle.becomeReady()
    #expect(lifeCycle.current == .stopped)
  }

  @Test func `steps run in order in the stage stopping`() async {
    let done = Mutex<[String]>([])
    let stages = Mutex<[LifeCycle.Stage]>([])
    let steps = ["one", "two", "three"].map { name in
      ShutdownStep(name, deadlineSeconds: 60) { [lifeCycle] in
        done.withLock { $0.append(name) }
        stages.withLock { $0.append(lifeCycle.current) }
      }
    }
    await lifeCycle.shutDown(steps)
    #expect(done.withLock { $0 } == ["one", "two", "three"])
    #expect(stages.withLock { $0 } == [.stopping, .stopping, .stopping])
  }

  @Test func `a step that hangs does not prevent the next one`() async {
    let wasReached = Mutex(false)
    await lifeCycle.shutDown([
      ShutdownStep("hang", deadlineSeconds: 0.05) { try? await Task.sleep(for: .seconds(600)) },
      ShutdownStep("next", deadlineSeconds: 60) { wasReached.withLock { $0 = true } },
    ])
    #expect(wasReached.withLock { $0 })
    #expect(lifeCycle.current == .stopped)
  }

  @Test func `a second shutdown does nothing`() async {
    let count = Mutex(0)
    let step = ShutdownStep("count", deadlineSeconds: 60) { count.withLock { $0 += 1 } }
    async let first = lifeCycle.shutDown([step])
    async let second = lifeCycle.shutDown([step])
    #expect(await [first, second].filter { $0 }.count == 1)
    #expect(count.withLock { $0 } == 1)
  }

  @Test func `a time limit returns the value, or nil where it comes too late`() async {
    #expect(await TimeLimit.value(seconds: 60) { 7 } == 7)
    #expect(
      await TimeLimit.value(seconds: 0.02) {
        try? await Task.sleep(for: .seconds(600))
        return 7
      } == nil)
  }

  @Test(.timeLimit(.minutes(8)))
  func `a signal calls the handler`() async {
    let (arrivals, arrive) = AsyncStream.makeStream(of: Int32.self)
    let observation = Signals.observe([SIGUSR2]) { arrive.yield($0) }
    // Dispatch registers the source in the background; until then the process ignores the signal.
    let sender = Task {
      while !Task.isCancelled {
        kill(getpid(), SIGUSR2)
        try? await Task.sleep(for: .milliseconds(10))
      }
    }
    var iterator = arrivals.makeAsyncIterator()
    #expect(await iterator.next() == SIGUSR2)
    sender.cancel()
    withExtendedLifetime(observation) {}
  }

  @Test(
    arguments: [
      ([], .ready), ([.available, .available], .ready),
      ([.available, .unavailable(reason: "", isEssential: false)], .degraded),
      ([.unavailable(reason: "", isEssential: false), .available], .degraded),
      (
        [.unavailable(reason: "", isEssential: true), .unavailable(reason: "", isEssential: false)],
        .unavailable
      ),
      (
        [.unavailable(reason: "", isEssential: false), .unavailable(reason: "", isEssential: true)],
        .unavailable
      ),
    ] as [([ComponentHealth], HealthReport.Verdict)])
  func `the worst component determines the verdict`(
    components: [ComponentHealth], verdict: HealthReport.Verdict
  ) {
    #expect(HealthReport(components.map { HealthReport.Component("c", $0) }).verdict == verdict)
  }

  @Test func `exit codes have the numbers that scripts use`() {
    let codes: [ExitCode] = [.success, .failure, .difference, .usage, .configuration]
    #expect(codes.map(\.rawValue) == [0, 1, 2, 64, 78])
  }

  @Test func `the end of the process waits for the lines of its log`() async throws {
    let result = try #require(
      await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent]) {
        for number in 0..<2_000 { LogSink.standardError.write(Array("line \(number)\n".utf8)) }
        ExitCode.difference.exit()
      })
    let lines = String(decoding: result.standardErrorContent, as: UTF8.self).split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("line ") } == (0..<2_000).map { "line \($0)" })
  }

  /// The handlers that libraries have for `exit(3)` free what the threads use: with them, the process crashed.
  @Test(arguments: 1...5)
  func `the process ends with its code while threads use OpenSSL`(_ attempt: Int) async {
    await #expect(processExitsWith: .exitCode(78)) {
      for _ in 0..<4 {
        Thread.detachNewThread {
          while true { _ = SecureRandom.token() }
        }
      }
      usleep(100_000)
      ExitCode.configuration.exit()
    }
  }
}
