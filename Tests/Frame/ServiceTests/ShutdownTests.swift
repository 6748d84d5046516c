import DatabaseTestSupport
import HTTP
import HTTPClient
import JSON
import TestSupport
import Testing

@testable import Service

@Suite struct ShutdownTests {
  @Test func `readiness turns off first, while requests are still answered`() async throws {
    let service = try await ServiceUnderTest.start(variables: ["SHUTDOWN_DELAY": "1"])
    async let stopped = service.running.stop()
    try await eventually("readiness off") { try await service.get("/readyz").status == .serviceUnavailable }
    #expect(try await service.json("/readyz")["status"]?.string == "stopping")
    #expect(try await service.get("/v1/things/1").status == .noContent)
    #expect(await stopped)
    await #expect(throws: HTTPClientError.self) { try await service.get("/livez") }
  }

  @Test func `a request in flight is answered before the service ends`() async throws {
    let service = try await ServiceUnderTest.start()
    async let slow = service.get("/v1/slow")
    try await eventually("the request is under way") {
      String(decoding: try await service.get("/metrics").body, as: UTF8.self).contains("process_")
    }
    try await Task.sleep(for: .milliseconds(100))
    await service.running.stop()
    #expect(try await slow.body == Array("done".utf8))
  }

  @Test func `a request that exceeds the drain deadline is cut off`() async throws {
    let service = try await ServiceUnderTest.start(variables: ["SHUTDOWN_TIMEOUT": "0"])
    async let slow = service.get("/v1/slow")
    try await Task.sleep(for: .milliseconds(100))
    let start = ContinuousClock.now
    await service.running.stop()
    #expect(ContinuousClock.now - start < .seconds(3))
    _ = try? await slow
  }

  @Test func `background work is cancelled, and a second stop does nothing`() async throws {
    let service = try await ServiceUnderTest.start()
    #expect(!service.definition.workEnded.isRaised)
    #expect(await service.running.stop())
    #expect(await !service.running.stop())
    try await eventually("the work ended") { service.definition.workEnded.isRaised }
  }
}
