import DatabaseTestSupport
import Glibc
import HTTP
import HTTPClient
import JSON
import TestSupport
import Testing
import Transport

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

  @Test func `from the end of readiness on, answers to clients that keep connections alive announce the end`()
    async throws
  {
    let service = try await ServiceUnderTest.start(variables: ["SHUTDOWN_DELAY": "2"])
    #expect(try !Self.head(of: "/livez", from: service).contains("Connection: close"))
    async let stopped = service.running.stop()
    try await eventually("readiness off") { try await service.get("/readyz").status == .serviceUnavailable }
    try await eventually("the end is announced") {
      try Self.head(of: "/livez", from: service).contains("Connection: close")
    }
    #expect(await stopped)
  }

  /// The first bytes of the answer to a request on a connection that the client keeps open.
  private static func head(of path: String, from service: ServiceUnderTest) throws -> String {
    let socket = try Socket.open(for: service.running.address)
    defer { socket.close() }
    _ = fcntl(socket.descriptor, F_SETFL, 0)
    _ = try socket.connect(to: service.running.address)
    let request = Array("GET \(path) HTTP/1.1\r\nHost: t\r\n\r\n".utf8)
    _ = try request.withUnsafeBytes { try socket.write($0) }
    var answer = [UInt8](repeating: 0, count: 4096)
    guard case .bytes(let count) = try answer.withUnsafeMutableBytes({ try socket.read(into: $0) }) else {
      return ""
    }
    return String(decoding: answer[..<count], as: UTF8.self)
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

  @Test(.timeLimit(.minutes(8)))
  func `a request that exceeds the drain deadline is cut off`() async throws {
    let service = try await ServiceUnderTest.start(variables: ["SHUTDOWN_TIMEOUT": "0"])
    let held = service.definition.held
    let answer = Task { try await service.get("/v1/held") }
    try await eventually("the request has begun") { held.hasBegun.isRaised }
    #expect(await service.running.stop())
    await #expect(throws: HTTPClientError.self) { try await answer.value }
    held.mayEnd.raise()
  }

  /// A step that has no time competes with its own deadline, and loses now and then.
  @Test func `an ordinary stop exceeds no deadline`() async throws {
    for _ in 0..<12 {
      let service = try await ServiceUnderTest.start()
      #expect(await service.running.stop())
      #expect(service.log.first(containing: "deadline") == nil)
    }
  }

  @Test func `background work is cancelled, and a second stop does nothing`() async throws {
    let service = try await ServiceUnderTest.start()
    #expect(!service.definition.workEnded.isRaised)
    #expect(await service.running.stop())
    #expect(await !service.running.stop())
    try await eventually("the work ended") { service.definition.workEnded.isRaised }
  }
}
