import Runtime
import Schema
import Synchronization
import Testing

@testable import Service

@Suite struct ReadinessTests {
  @Test func `an answer is good for a second, and asked anew after it`() async {
    let asked = Mutex(0)
    let time = Mutex<UInt64>(0)
    let readiness = Readiness(nanoseconds: { time.withLock { $0 } }) {
      asked.withLock { $0 += 1 }
      return HealthReport([])
    }
    for _ in 0..<5 { _ = await readiness.report() }
    #expect(asked.withLock { $0 } == 1)
    time.withLock { $0 = Readiness.cachedNanoseconds }
    _ = await readiness.report()
    #expect(asked.withLock { $0 } == 2)
  }

  @Test func `many who ask at once cause one probe`() async {
    let asked = Mutex(0)
    let readiness = Readiness {
      asked.withLock { $0 += 1 }
      try? await Task.sleep(for: .milliseconds(50))
      return HealthReport([])
    }
    await withTaskGroup { group in
      for _ in 0..<20 { group.addTask { _ = await readiness.report() } }
    }
    #expect(asked.withLock { $0 } == 1)
  }

  @Test func `a schema of the wanted version is well, and others say what was found`() {
    #expect(SchemaHealth.component(found: 3, wanted: 3) == .available)
    #expect(SchemaHealth.mismatch(found: 2, wanted: 3)?.contains("found version 2") == true)
    guard case .unavailable(_, isEssential: true) = SchemaHealth.component(found: nil, wanted: 3) else {
      Issue.record("a database without schema was taken for well")
      return
    }
  }
}
