import AccessAdministration
import AccessManifest
import AccessPlanning
import DataAccess
import EventLoop
import Runtime

/// The engines of a command that may be limited to one side or to some accounts.
struct AccessEngines: Sendable {
  /// The cache's administration and its site.
  struct CacheSide: Sendable {
    let administration: any CacheAdministration
    let site: CacheSite
  }

  let tool: ToolContext
  let focus: AccessFocus
  /// Nil where the command leaves the database out.
  var database: DatabaseContext?
  /// Nil where the command leaves the cache out.
  let cache: CacheSide?
  /// The database whose schema's version decides about the cache, where the command leaves the database's rights out.
  var versioned: DatabaseTarget?
  /// The database whose tables a live manifest could not take; the cache is compared without it.
  var lost: LostDatabase?
  /// Whether a database that does not answer is waited for, as `DB_MAX_RETRIES` says.
  var waitsForServer = true

  var console: Console { tool.console }
  var manifest: AccessManifest { tool.manifest }

  /// The rights in the database and in the cache, as the administrators.
  var access: AccessController {
    var targets: [any GrantTarget] = []
    if let lost { targets.append(lost) }
    if let database { targets.append(DatabaseTarget(context: database, waits: waitsForServer)) }
    if let cache { targets.append(CacheTarget(administration: cache.administration, site: cache.site)) }
    if let files = retiredCredentials, focus.isEverything { targets.append(files) }
    return AccessController(targets: targets)
  }

  /// Makes each engine match the manifest. With `sparingNewer`, nothing changes where the database has the schema of a
  /// newer release: its services may still run on these rights. Where the database does not answer, its version is unknown,
  /// and the cache has its turn all the same, as always. Without `replacingPasswords`, an engine that has none of the folder's
  /// passwords stays as it is: the folder is most often not that of the running programs.
  func apply(
    sparingNewer: Bool, replacingPasswords: Bool
  ) async -> [AccessController.Answer<Result<AccessOutcome, AccessError>>] {
    var newer: SchemaVersions?
    if sparingNewer, let versioned { newer = await version(of: versioned) }
    return await access.each { (target) throws(AccessError) in
      if sparingNewer, let database = target as? DatabaseTarget {
        do throws(AccessError) {
          newer = try await database.newerSchema()
        } catch {
          return try await Self.unexecuted(target, error)
        }
      }
      if let newer {
        let steps = try await target.plan().steps.count
        guard steps == 0 else { throw .unsupported(newer.refusal(of: steps)) }
      }
      if !replacingPasswords { try await refuseAnotherFolder(target) }
      return try await target.apply()
    }
  }

  private func refuseAnotherFolder(_ target: any GrantTarget) async throws(AccessError) {
    let open = try await target.openAccounts()
    guard open.areOfAnotherFolder else { return }
    throw open.refusal(in: target.name, than: tool.credentials, unless: "bulkhead access apply")
  }

  /// Where the administrator may not read the version, it may not change the rights either: each step is reported, and what
  /// needs the superuser is marked.
  private static func unexecuted(
    _ target: any GrantTarget, _ error: AccessError
  ) async throws(AccessError) -> AccessOutcome {
    guard case .database(let failure) = error, failure.isPermissionDenied else { throw error }
    let plan = try await target.plan()
    guard !plan.isEmpty else { throw error }
    return AccessOutcome(
      notExecuted: plan, note: "nothing was changed, because the schema's version cannot be read: \(error)")
  }

  /// Where it cannot be read, the log says so.
  private func version(of database: DatabaseTarget) async -> SchemaVersions? {
    do {
      return try await database.newerSchema()
    } catch {
      tool.logger.warning(
        "the schema's version is unknown, and the cache's rights become those of this release",
        metadata: ["reason": "\(error)"])
      return nil
    }
  }

  /// The credential files of retired accounts; nil where there are none.
  private var retiredCredentials: RetiredCredentials? {
    let files = RetiredCredentials(
      manifest, store: tool.credentials, removes: database?.site.dropsRetired ?? false)
    return files.names.isEmpty ? nil : files
  }

  /// The engines, which try no logins where the options say so.
  func with(_ options: LoginOptions) -> AccessEngines {
    var engines = self
    if options.withoutLogins { engines.database?.site.triesLogins = false }
    return engines
  }

  /// The parts that are not compared at all.
  private var skipped: [LeftOut.Part] {
    var parts: [LeftOut.Part] = []
    if let database, !database.site.triesLogins, database.administration.comparesPasswordsByLogin {
      parts.append(LeftOut.Part(name: "\(database.reportName) passwords", option: "--without-logins"))
    }
    guard !focus.isEverything else { return parts }
    let sides = AccessFocus.Side.allCases.filter { !focus.sides.contains($0) }.map(\.rawValue)
    return parts
      + (sides + (retiredCredentials.map { [$0.name] } ?? [])).map {
        LeftOut.Part(name: $0, option: "--only")
      }
  }

  /// What `--only` and `--without-logins` leave out of these answers.
  func leftOut<Value>(
    of answers: EngineReport<Value>.Answers, _ counts: (Value) -> [String: Int]
  ) -> LeftOut {
    LeftOut(focus, of: answers, skipping: skipped, counts: counts)
  }
}

extension ToolContext {
  /// The engines of a command with `--only`. Reads the settings of the chosen sides alone.
  func engines(only options: FocusOptions) async throws -> AccessEngines {
    let focus = try options.focus(in: manifest)
    if focus.sides == [.cache] { return try cacheAlone(focus) }
    return try await engines(focus) { complete in
      guard !focus.isEverything else {
        return try complete.fleetOfManifest(droppingRetired: false).engines
      }
      return try complete.engines(try options.focus(in: complete.manifest))
    }
  }

  /// The engines over the tables of a live manifest. A database that cannot be read does not keep the cache from its turn.
  func engines(
    _ focus: AccessFocus, _ complete: (ToolContext) throws -> AccessEngines
  ) async throws -> AccessEngines {
    let context: ToolContext
    do {
      context = try await overCatalog()
    } catch let error as DatabaseError where manifest.administrators.hasCache && focus.sides.contains(.cache)
    {
      var engines = try cacheAlone(focus)
      engines.lost = LostDatabase(name: try database().administration.engine.dialect.engineName, error: error)
      return engines
    }
    return try complete(context)
  }

  private func engines(_ focus: AccessFocus) throws -> AccessEngines {
    guard focus.sides.contains(.cache) else {
      var context = try database()
      context.site.focus = focus
      return AccessEngines(tool: self, focus: focus, database: context, cache: nil)
    }
    return try fleetOfManifest(droppingRetired: false).engines(focus)
  }

  /// The cache alone needs no table, and so no database. Where the settings have one that answers, its version still counts.
  private func cacheAlone(_ focus: AccessFocus) throws -> AccessEngines {
    guard manifest.administrators.hasCache else {
      throw ToolError("the manifest has no cache: its 'administrators' name none")
    }
    let cache = try environment.cache(
      administrators: manifest.administrators, credentialsDirectory: credentials.directory)
    let loop = try EventLoop.make(name: "bulkhead")
    loop.start()
    var site = CacheSite(
      manifest: manifest, credentials: credentials, configuration: cache.configuration, loop: loop)
    site.focus = focus
    let side = AccessEngines.CacheSide(administration: try FleetContext.administration(of: cache), site: site)
    var engines = AccessEngines(tool: self, focus: focus, database: nil, cache: side)
    engines.versioned = (try? database()).map { DatabaseTarget(context: $0, waits: false) }
    return engines
  }
}
