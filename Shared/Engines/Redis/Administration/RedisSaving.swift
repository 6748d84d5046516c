import AccessPlanning
import Cache

/// How a change of the users gets into the server's file, which a restart loads.
///
/// `ACL SAVE` writes the whole file, also over lines that others wrote into it and did not load. So it runs after a change
/// alone. No command shows what the file holds: a user without any right marks the time between the first change and its
/// saving, and the next run finds what one left that was killed in between.
enum RedisSaving {
  /// The user that marks changes which are not saved.
  static let mark: CacheWord = "bulkhead-unsaved"

  /// What an operator reads where lines of others may have been in the file.
  static let note =
    "the server wrote its whole file of users: a line that others added to the file and did not load is gone"
}

extension RedisState {
  /// Takes the mark out of the users, where it is one that can do nothing.
  mutating func takeMark() {
    guard let user = users[RedisSaving.mark], !user.isOn, !user.hasRights(in: commandTable) else { return }
    users[RedisSaving.mark] = nil
    isUnsaved = true
  }
}

extension CacheConnection {
  /// Marks that the users change from here on.
  func markUnsaved() async throws(CacheError) {
    _ = try await command(["ACL", "SETUSER", RedisSaving.mark, "reset", "off", "resetchannels"])
  }

  /// Writes the users to the server's file, and ends the mark. Returns a note where the server has no such file.
  ///
  /// The mark is saved once with the changes, and goes after that: a run that is killed in between leaves a mark too many.
  /// - Throws: as ``saveAccessControlList()``.
  func saveMarkedChanges() async throws(AccessError) -> String? {
    let note = try await saveAccessControlList()
    do throws(CacheError) {
      _ = try await command(["ACL", "DELUSER", RedisSaving.mark])
    } catch {
      throw .cache(error)
    }
    if let note { return note }
    return try await saveAccessControlList()
  }

  /// Writes the users to the server's file. Returns a note where the server has no such file; nil where it is written.
  ///
  /// - Throws: where the server has a file and could not write it. The change is in effect, and a restart would take it
  ///   back.
  func saveAccessControlList() async throws(AccessError) -> String? {
    do {
      _ = try await command(["ACL", "SAVE"])
      return nil
    } catch .refused(_, let message) where message.contains("not configured") {
      return "\(message) (configure aclfile)"
    } catch .refused(_, let message) {
      throw .unsupported(
        "the cache did not save its users, so a restart takes the change back: \(message). Mend that and run the "
          + "command again")
    } catch .unreachable(let reason), .connectionLost(let reason) {
      throw .unsupported(
        "it is unknown whether the cache saved its users: \(reason). A restart, or an ACL LOAD of another session, may take "
          + "the change back, or has done so. Run the command again once the cache answers")
    } catch {
      throw .cache(error)
    }
  }
}
