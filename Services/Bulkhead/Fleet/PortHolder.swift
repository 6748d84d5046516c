import Foundation
import Processes

/// A process that listens on a port of this machine, as far as this account may see it: proc_pid_fd(5).
struct PortHolder: Equatable, CustomStringConvertible {
  let process: Int32
  let name: String

  /// `process 4711 (connector)`.
  var description: String { "process \(process) (\(name))" }

  /// The processes that listen on the port.
  static func all(on port: Int) -> [PortHolder] {
    let sockets = sockets(listeningOn: port)
    guard !sockets.isEmpty else { return [] }
    let processes = (KernelFiles.names(in: "/proc") ?? []).compactMap { Int32($0) }.sorted()
    return processes.filter { holds(sockets, process: $0) }.map {
      let name = KernelFiles.text(of: "/proc/\($0)/comm")
      return PortHolder(process: $0, name: name?.trimmingCharacters(in: .newlines) ?? "unknown")
    }
  }

  private static func holds(_ sockets: Set<String>, process: Int32) -> Bool {
    let folder = "/proc/\(process)/fd"
    return (KernelFiles.names(in: folder) ?? []).contains { descriptor in
      KernelFiles.target(of: "\(folder)/\(descriptor)").map(sockets.contains) ?? false
    }
  }

  /// As links of descriptors name them: `socket:[12345]`.
  private static func sockets(listeningOn port: Int) -> Set<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap(KernelFiles.text)
    return Set(tables.flatMap { sockets(listeningOn: port, in: $0) })
  }

  /// The columns of proc_net_tcp(5): the local address, the state (0A listens), and the number of the socket.
  static func sockets(listeningOn port: Int, in table: String) -> [String] {
    table.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count > 9, fields[3] == "0A", let digits = fields[1].split(separator: ":").last,
        Int(digits, radix: 16) == port
      else { return nil }
      return "socket:[\(fields[9])]"
    }
  }
}
