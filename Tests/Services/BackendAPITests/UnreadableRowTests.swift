import DataAccess
import DatabaseTestSupport
import Routing
import Schema
import Testing

@testable import backend_api

/// Users and settings that another client wrote, with values that this service cannot represent.
@Suite struct UnreadableRowTests {
  @Test(arguments: TestEngine.all)
  func `the page of users goes on without an unreadable user, who can be deleted`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let odd = try await backend.signUp("odd@example.org")
      let sound = try await backend.signUp("sound@example.org")
      _ = try await backend.database.unsafeQuery(
        unsafeSQL: "UPDATE users SET confirmed_at = 'infinity' WHERE id = \(odd)")
      let page = try await backend.userStore.users(after: nil, limit: 10)
      #expect(page.items.map(\.id) == [sound] && page.next == nil)
      #expect(
        backend.database.unreadableRows?.reported
          == [UnreadableRow(table: "users", id: odd, column: "confirmed_at")])
      let error = await #expect(throws: DatabaseError.self) { try await backend.userStore.user(id: odd) }
      #expect(error?.row?.id == odd)
      #expect(
        try await backend.userStore.delete(id: odd, by: BackendUnderTest.author, at: .now()).made != nil)
      #expect(try await backend.userStore.user(id: odd) == nil)
    }
  }

  @Test(arguments: TestEngine.all)
  func `a setting that is not JSON leaves the others readable, and can be replaced and removed`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let user = try await backend.signUp()
      let store = backend.settingStore
      for name in ["first", "odd", "gone"] {
        _ = try await store.put(
          name, of: user, value: JSONText("1"), if: Precondition(try BackendUnderTest.post([:])),
          by: .service,
          at: .now())
      }
      _ = try await backend.database.unsafeQuery(
        unsafeSQL: "UPDATE settings SET value = '{broken' WHERE name <> 'first'")
      #expect(try await store.settings(of: user).map(\.name) == ["first"])
      let error = await #expect(throws: DatabaseError.self) { try await store.setting("odd", of: user) }
      #expect(error?.row?.table == "settings" && error?.row?.column == "value" && error?.row?.id != nil)
      let any = Precondition(try BackendUnderTest.post([:]))
      guard
        case .replaced = try await store.put(
          "odd", of: user, value: JSONText("2"), if: any, by: .service, at: .now())
      else { throw SettingNotReplaced() }
      #expect(try await store.setting("odd", of: user)?.value == 2)
      guard case .removed = try await store.remove("gone", of: user, if: any, by: .service, at: .now())
      else { throw SettingNotReplaced() }
    }
  }

  private struct SettingNotReplaced: Error {}
}
