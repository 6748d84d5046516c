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
    let held = service.definition.held
    let answer = Task { try await service.get("/v1/held") }
    try await eventually("the request has begun") { held.hasBegun.isRaised }
    let stopped = Task { await service.running.stop() }
    try await eventually("no more connections") { (try? await service.get("/livez")) == nil }
    held.mayEnd.raise()
    #expect(try await answer.value.body == Array("done".utf8))
    #expect(await stopped.value)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a request that exceeds the drain deadline is cut off`() async throws {
    let service = try await ServiceUnderTest.start(variables: ["SHUTDOWN_TIMEOUT": "0"])
    let held = service.definition.held
    let answer = Task { try await service.get("/v1/held") }
    try await eventually("the request has begun") { held.hasBegun.isRaised }
    #expect(await service.running.stop())
    await #expect(throws: HTTPClientError.self) { try await answer.value }
    held.mayEnd.raise()
  }

  @Test func `background work is cancelled, and a second stop does nothing`() async throws {
    let service = try await ServiceUnderTest.start()
    #expect(!service.definition.workEnded.isRaised)
    #expect(await service.running.stop())
    #expect(await !service.running.stop())
    try await eventually("the work ended") { service.definition.workEnded.isRaised }
  }
}
