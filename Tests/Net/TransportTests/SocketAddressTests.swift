import Testing
import Transport

@Suite("Socket addresses") struct SocketAddressTests {
  @Test(arguments: ["127.0.0.1:8081", "[::1]:0", "db.internal:5432", "[fe80::1]:65535"])
  func `an address is printed as it is written`(_ text: String) throws {
    #expect(try SocketAddress(parsing: text).description == text)
  }

  @Test(arguments: ["", ":", ":80", "host", "host:", "host:port", "host:65536", "host:-1", "::1:80", "[]:80"])
  func `a text that is not an address is refused`(_ text: String) {
    let error = #expect(throws: SocketError.self) { try SocketAddress(parsing: text) }
    #expect(error?.reason == .malformedAddress)
  }

  @Test func `the brackets of an IPv6 address are not part of the host`() throws {
    let address = try SocketAddress(parsing: "[::1]:80")
    #expect(address.host == "::1")
    #expect(address.isNumeric)
  }

  @Test func `a name is not a numeric address, and resolves to some`() async throws {
    let name = SocketAddress(host: "localhost", port: 80)
    #expect(!name.isNumeric)
    let addresses = try await name.resolved()
    #expect(!addresses.isEmpty)
    #expect(addresses.allSatisfy { $0.isNumeric && $0.port == 80 })
  }

  @Test func `an unknown name has no address`() async {
    let error = await #expect(throws: SocketError.self) {
      try await SocketAddress(host: "no-such-host.invalid", port: 80).resolved()
    }
    #expect(error?.reason == .addressNotAvailable)
  }

  @Test func `errors have a reason by what a caller can do`() {
    #expect(SocketError(.write, errorNumber: 32).reason == .peerGone)
    #expect(SocketError(.read, errorNumber: 104).reason == .peerGone)
    #expect(SocketError(.connect, errorNumber: 111).reason == .refused)
    #expect(SocketError(.accept, errorNumber: 24).reason == .outOfResources)
    #expect(SocketError(.bind, errorNumber: 98).reason == .addressInUse)
    #expect(SocketError(.bind, errorNumber: 9999).reason == .other)
    #expect(SocketError(.write, errorNumber: 32).description == "write: Broken pipe (errno 32)")
  }
}
