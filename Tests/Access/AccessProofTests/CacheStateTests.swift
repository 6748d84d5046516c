import AccessManifest
import Cache
import DatabaseTestSupport
import MemoryCache
import Schema
import Synchronization
import Testing

@testable import AccessProof

/// A cache that refuses commands for its own state, or has fewer commands: neither is a violation.
@Suite struct CacheStateTests {
  /// An error in place of an answer.
  private typealias Trouble = @Sendable (_ words: [String], _ attempt: Int) -> CacheError?

  /// A memory cache with the server's order of checks: the command, the permission, and then its own state.
  private final class TroubledConnection: CacheConnection {
    private let memory: MemoryConnection
    private let trouble: Trouble
    private let attempts: Attempts

    final class Attempts: Sendable {
      private let counts = Mutex<[String: Int]>([:])

      func next(_ text: String) -> Int {
        counts.withLock { counts in
          counts[text, default: 0] += 1
          return counts[text] ?? 0
        }
      }
    }

    init(_ memory: MemoryConnection, _ attempts: Attempts, _ trouble: @escaping Trouble) {
      self.memory = memory
      self.attempts = attempts
      self.trouble = trouble
    }

    func command(_ arguments: [[UInt8]]) async throws(CacheError) -> RESPValue {
      let words = arguments.map { String(decoding: $0, as: UTF8.self) }
      guard let error = trouble(words, attempts.next(words.joined(separator: " "))) else {
        return try await memory.command(arguments)
      }
      let answer: Result<RESPValue, CacheError>
      do throws(CacheError) {
        answer = .success(try await memory.command(arguments))
      } catch {
        answer = .failure(error)
      }
      if case .refused("ERR", _) = error { throw error }
      if case .failure(.permissionDenied(let denial)) = answer, case .refused = error {
        throw .permissionDenied(denial)
      }
      throw error
    }

    func pipeline(_ commands: [[[UInt8]]]) async -> [Result<RESPValue, CacheError>] { [] }

    func close() async {}
  }

  private func proof(
    rights: @escaping @Sendable (CacheAccount) -> [CacheRights] = { $0.rights }, _ trouble: @escaping Trouble
  ) async throws -> ProofReport {
    let manifest = try FleetManifest.load()
    let store = MemoryStore { 0 }
    let attempts = TroubledConnection.Attempts()
    let prover = Prover(
      manifest: manifest, database: nil,
      cache: ProofCache(probes: CacheProbes()) { name in
        let rights = manifest.cacheAccount(named: name).map(rights) ?? []
        return TroubledConnection(store.connection(account: name, rights: rights), attempts, trouble)
      }, now: { Timestamp(microsecondsSinceEpoch: 1_800_000_000_000_000) })
    return try await prover.run()
  }

  @Test func `a command that the server does not have is denied`() async throws {
    let report = try await proof { words, _ in
      words[0] == "FLUSHALL"
        ? .refused(code: "ERR", message: "unknown command 'FLUSHALL', with args beginning with: 'x' ") : nil
    }
    #expect(report.violations.map(\.description) == [])
    #expect(report.isClean)
    let outcomes = report.results.filter { $0.cell.verb.contains("FLUSHALL") }.map(\.outcome.words)
    #expect(outcomes.allSatisfy { $0 == "denied (ERR)" } && !outcomes.isEmpty)
  }

  @Test func `a missing command that an account needs is a violation`() async throws {
    let report = try await proof { words, _ in
      words[0] == "GET" ? .refused(code: "ERR", message: "unknown command 'GET', with args") : nil
    }
    #expect(report.violations.contains { $0.verb == "read GET" && $0.expected == .allowed })
  }

  @Test(arguments: ["OOM", "LOADING", "BUSY", "READONLY", "MISCONF", "CLUSTERDOWN"])
  func `a write that the server refuses for its state is not tried, and no violation`(code: String)
    async throws
  {
    let report = try await proof { words, _ in
      words[0] == "SET" ? .refused(code: code, message: "not now") : nil
    }
    #expect(report.violations.map(\.description) == [])
    #expect(!report.notTried.isEmpty && !report.isClean)
    #expect(report.notTried.allSatisfy { $0.verb == "write SET" && $0.expected == .allowed })
    #expect(report.attempted + report.notTried.count == report.cells)
    #expect(report.notTried[0].got == "not tried (\(code)): not now")
  }

  @Test func `a server that is full does not hide that an account may write what it must not`() async throws {
    let wide = CacheRights(keyPrefix: "", access: .readWrite)
    let report = try await proof(rights: { _ in [wide] }) { words, _ in
      words[0] == "SET"
        ? .refused(code: "OOM", message: "command not allowed when used memory > 'maxmemory'.") : nil
    }
    #expect(
      report.violations.contains {
        $0.verb == "write SET" && $0.expected == .denied && $0.got.contains("OOM")
      })
  }

  @Test(arguments: [
    CacheError.deadlineExceeded, .connectionLost("reset"), .unreachable("away"),
    .refused(code: "LOADING", message: "Redis is loading the dataset in memory"),
  ])
  func `a cell that fails once for the state of the server is repeated`(error: CacheError) async throws {
    let report = try await proof { words, attempt in
      ["SET", "GET"].contains(words[0]) && attempt == 1 ? error : nil
    }
    #expect(report.violations.map(\.description) == [])
    #expect(report.notTried.map(\.description) == [])
    #expect(report.isClean)
  }

  @Test func `a server that stays away leaves cells untried and no violation`() async throws {
    let report = try await proof { words, _ in words[0] == "DEL" ? .connectionLost("reset") : nil }
    #expect(report.violations.map(\.description) == [])
    #expect(report.notTried.contains { $0.verb == "write DEL" } && !report.isClean)
  }
}
