import Runtime
import Synchronization
import Testing

@testable import Service

@Suite struct ReadinessTests {
  @Test func `a report is valid for a second, and then probed again`() async {
    let asked = Mutex(0)
    let time = Mutex<UInt64>(0)
    let readiness = Readiness(nanoseconds: { time.withLock { $0 } }) {
      asked.withLock { $0 += 1 }
      return HealthReport([])
    }
    for _ in 0..<5 { _ = await readiness.value() }
    #expect(asked.withLock { $0 } == 1)
    time.withLock { $0 = Readiness.cachedNanoseconds }
    _ = await readiness.value()
    #expect(asked.withLock { $0 } == 2)
  }

  @Test func `many concurrent requests cause one probe`() async {
    let asked = Mutex(0)
    let readiness = Readiness(nanoseconds: { 0 }) {
      asked.withLock { $0 += 1 }
      try? await Task.sleep(for: .milliseconds(50))
      return HealthReport([])
    }
    await withTaskGroup { group in
      for _ in 0..<20 { group.addTask { _ = await readiness.value() } }
    }
    #expect(asked.withLock { $0 } == 1)
  }
}
