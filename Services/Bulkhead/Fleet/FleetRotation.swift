import AccessAdministration
import AccessPlanning
import Foundation

/// The rotation of passwords in the database and in the cache.
struct FleetRotation: Sendable {
  let fleet: FleetContext
  /// Keeps other rotations of the same folder out.
  let lock: RotationLock
  let limits: PasswordRotation.Limits
  let extent: PasswordRotation.Extent
  let progress: @Sendable (String) -> Void

  typealias Answer = AccessController.Answer<Result<RotationAnswer, AccessError>>

  /// Rotates in both engines at once, because their waits are the same ones.
  func run(ofDatabase database: [String], ofCache cache: [String]) async -> [Answer] {
    await withTaskGroup(of: (Int, Answer).self) { group in
      group.addTask { (0, await rotateDatabase(database)) }
      group.addTask { (1, await rotateCache(cache)) }
      var answers: [(Int, Answer)] = []
      for await answer in group { answers.append(answer) }
      return answers.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func rotateDatabase(_ accounts: [String]) async -> Answer {
    let context = fleet.database
    guard context.administration.checksPasswords else { return answer(context.reportName, .unchecked) }
    if accounts.isEmpty { return answer(context.reportName, RotationAnswer()) }
    do {
      let unfinished: [String]? = try await context.withDatabase(waiting: true) { administrator in
        let passwords = try await context.administration.passwords(in: administrator, of: context.site)
        guard let passwords else { return nil }
        return try await run(passwords, accounts)
      }
      return answer(context.reportName, RotationAnswer(accounts, unfinished: unfinished))
    } catch {
      return Answer(target: context.reportName, value: .failure(AccessError(error)))
    }
  }

  private func rotateCache(_ accounts: [String]) async -> Answer {
    let administration = fleet.cacheAdministration
    let name = administration.reportName
    if accounts.isEmpty { return answer(name, RotationAnswer()) }
    do {
      let found = try await administration.withPasswords(of: fleet.cacheSite) { passwords in
        let others = try await passwords.otherServers()
        return (unfinished: try await run(passwords, accounts), others: others)
      }
      return answer(
        name, RotationAnswer(accounts, unfinished: found?.unfinished, otherServers: found?.others ?? []))
    } catch {
      return Answer(target: name, value: .failure(AccessError(error)))
    }
  }

  private func answer(_ engine: String, _ answer: RotationAnswer) -> Answer {
    Answer(target: engine, value: .success(answer))
  }

  private func run(_ passwords: any AccountPasswords, _ accounts: [String]) async throws -> [String] {
    let rotation = PasswordRotation(
      passwords, store: fleet.tool.credentials, limits: limits, time: .system, progress: progress)
    return try await rotation.run(accounts, extent)
  }
}

/// What a rotation did on one engine.
struct RotationAnswer: Encodable {
  /// The accounts that have a new password alone.
  let rotated: [String]
  /// The accounts that a further call continues.
  let unfinished: [String]
  /// The servers that still have the former passwords, where some have new ones here.
  let otherServers: [String]
  /// Whether the engine checks passwords at all.
  let checksPasswords: Bool

  /// An engine of which no account was chosen.
  init() {
    self.init([], unfinished: [])
  }

  /// `unfinished` is nil where the engine checks no password.
  init(_ accounts: [String], unfinished: [String]?, otherServers: [String] = []) {
    rotated = unfinished.map { left in accounts.filter { !left.contains($0) } } ?? []
    self.unfinished = unfinished ?? []
    self.otherServers = rotated.isEmpty ? [] : otherServers
    checksPasswords = unfinished != nil
  }

  /// The answer of an engine without passwords.
  static let unchecked = RotationAnswer([], unfinished: nil)
}

extension PasswordRotation.Time {
  /// The system's clock.
  static let system = Self(
    seconds: { Int64(Date().timeIntervalSince1970) },
    sleep: { milliseconds in try await Task.sleep(for: .milliseconds(milliseconds)) })
}
