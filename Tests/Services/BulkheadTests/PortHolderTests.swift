import Glibc
import Testing

@testable import bulkhead

/// Who has a port that a member of the fleet needs.
@Suite struct PortHolderTests {
  @Test func `the sockets that listen on a port are found in the system's table`() {
    let table = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:1F91 0100007F:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
         1: 0100007F:1F91 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
         2: 0100007F:1F92 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
      """
    #expect(PortHolder.sockets(listeningOn: 8081, in: table) == ["socket:[4711]"])
    #expect(PortHolder.all(on: 1) == [])
  }

  /// A line of the table has 150 bytes. Where a machine has many sockets, one reading does not give them all.
  @Test func `each of 80 ports of this process is found to be its own`() throws {
    let listeners = (0..<80).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
    defer { listeners.forEach { close($0) } }
    for listener in listeners {
      // A socket that is not bound gets a port of its own here.
      #expect(listen(listener, 1) == 0)
      #expect(PortHolder.all(on: port(of: listener)).map(\.process) == [getpid()])
    }
  }

  private func port(of listener: Int32) -> Int {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
