import Cache
import DatabaseTestSupport
import Foundation
import Processes
import Secrets
import Synchronization
import TestSupport
import Transport

/// A real server that accepts TLS alone, for one test.
final class EncryptedRedis: Sendable {
  private static let user = "cache-admin"
  private static let password = "a-password-for-tests"
  private static let startAttempts = 5
  /// A range below the system's ephemeral ports.
  private static let ports = 20_000..<30_000

  let port: Int
  private let folder: TemporaryFolder
  private var logFile: String { folder.file("log") }
  private let process = Mutex<ChildProcess?>(nil)

  /// Runs `body` with a server that presents this certificate; `settings` are further lines of its configuration.
  static func with(
    _ authority: RedisCertificate, settings: [String] = [], _ body: (EncryptedRedis) async throws -> Void
  ) async throws {
    let server = try await started(authority, settings)
    defer { server.end() }
    try await body(server)
  }

  private static func started(
    _ authority: RedisCertificate, _ settings: [String]
  ) async throws -> EncryptedRedis {
    // Another process may have the port.
    for _ in 1..<startAttempts {
      let server = try EncryptedRedis()
      if (try? await server.start(authority, settings: settings)) != nil { return server }
    }
    let server = try EncryptedRedis()
    try await server.start(authority, settings: settings)
    return server
  }

  private init() throws {
    folder = try TemporaryFolder()
    port = Int.random(in: Self.ports)
  }

  deinit { end() }

  /// The administrator's configuration of the server.
  func configuration(_ tls: TLSMode, host: String = "127.0.0.1") -> CacheConfiguration {
    CacheConfiguration(
      endpoint: Endpoint(host: host, port: port), user: Self.user, password: Secret(Self.password), tls: tls)
  }

  /// Starts it, or starts it again with the same or another certificate.
  func start(_ authority: RedisCertificate, settings: [String] = []) async throws {
    let lines =
      [
        "bind 127.0.0.1", "port 0", "tls-port \(port)", "tls-cert-file \(authority.certificateFile)",
        "tls-key-file \(authority.keyFile)", "tls-ca-cert-file \(authority.authorityFile)",
        "tls-auth-clients no", "save \"\"", "appendonly no", "dir \(folder.path)",
        "logfile \(logFile)",
        "user default off", "user \(Self.user) on >\(Self.password) ~* &* +@all",
      ] + settings
    try lines.joined(separator: "\n").write(
      toFile: folder.file("redis.conf"), atomically: true, encoding: .utf8)
    try? FileManager.default.removeItem(atPath: logFile)
    let child = try ChildProcess("redis-server", [folder.file("redis.conf")])
    process.withLock { $0 = child }
    try await eventually("the TLS server listens") {
      guard child.isRunning else { throw SupportError("the TLS server has ended at once") }
      return (try? String(contentsOfFile: logFile, encoding: .utf8))?.contains("Ready to accept") == true
    }
  }

  /// Kills it, and waits until it has ended.
  func kill() async throws {
    end()
    try await eventually("the TLS server has ended") { process.withLock { $0?.isRunning != true } }
  }

  private func end() {
    process.withLock { $0?.send(SIGKILL) }
  }
}
