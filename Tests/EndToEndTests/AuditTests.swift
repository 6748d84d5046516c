import Foundation
import JSON
import TestSupport
import Testing

extension FleetTests {
  /// The audit log under the accounts of the fleet, and messages to users.
  @Suite struct AuditTests {
    @Test func `each service adds rows under its own name, and the auditor alone reads them`() async throws {
      let fleet = try FleetTrait.fleet(.servers)
      let person = try await fleet.member()
      let (api, connector) = (fleet.api.with(token: person.token), fleet.connector.with(token: person.token))
      #expect(try await api.send(.put, "/v1/settings/theme", ["value": "dark"]).status == 201)
      let integration: JSONValue = ["provider": "github", "external_account": .string(person.email)]
      #expect(try await connector.send(.post, "/v1/integrations", integration).status == 201)
      let deployment = fleet.deployment
      let read = "SELECT concat(source, ' ', account, ' ', action, ' ', address) FROM audit_log"
      let rows = try await deployment.psql(
        as: "auditor-ro", "\(read) WHERE actor_id = \(person.id) ORDER BY id")
      #expect(rows.status == 0, "\(rows.err)")
      for row in [
        "backend-api backend-api-rw session.created 127.0.0.1",
        "backend-api backend-api-rw setting.changed 127.0.0.1",
        "connector connector-rw integration.connected 127.0.0.1",
      ] {
        #expect(rows.out.contains(row), "\(row): \(rows.out)")
      }
      for account in ["backend-api-rw", "connector-rw", "twitch-trigger", "analytics-ro"] {
        #expect(try await deployment.psql(as: account, read).err.contains("permission denied"), "\(account)")
      }
      for (account, sql) in [
        ("auditor-ro", "DELETE FROM audit_log"), ("auditor-ro", "SELECT email FROM users"),
        ("connector-rw", "DELETE FROM audit_log"), ("connector-rw", "UPDATE audit_log SET action = 'x'"),
      ] {
        #expect(try await deployment.psql(as: account, sql).err.contains("permission denied"), "\(sql)")
      }
      let forged = try await deployment.psql(
        as: "connector-rw",
        "INSERT INTO audit_log (source, account, action, object) VALUES ('backend-api', 'x', 'x', 'x')")
      #expect(forged.err.contains("row-level security"), "\(forged.err)")
    }

    @Test(arguments: Engine.allCases)
    func `a forgotten password is set anew with the token of the outbox`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let asked = try await fleet.api.send(
        .post, "/v1/password-resets", ["email": .string(person.email)])
      #expect(asked.status == 202)
      let outbox = fleet.folder.appendingPathComponent(".bulkhead/outbox.jsonl")
      var token = ""
      try await eventually("the message") {
        let lines = (try? String(contentsOf: outbox, encoding: .utf8))?.split(separator: "\n") ?? []
        let line = lines.last { $0.contains(person.email) }
        guard let line else { return false }
        token = try JSONCoding.decode(JSONValue.self, from: Array(line.utf8))["token"]?.string ?? ""
        return !token.isEmpty
      }
      let change: JSONValue = ["token": .string(token), "password": "a second password"]
      #expect(try await fleet.api.send(.post, "/v1/password-resets/complete", change).status == 204)
      #expect(try await fleet.api.send(.post, "/v1/password-resets/complete", change).status == 422)
      #expect(
        try await fleet.api.with(token: person.token).send(.get, "/v1/sessions/current").status == 401)
      let fresh = try await fleet.token(person.email, password: "a second password")
      let mine = try await fleet.api.with(token: fresh).send(.get, "/v1/users/me")
      #expect(mine.json["id"]?.integer == person.id)
    }

    @Test(arguments: Engine.allCases)
    func `one's own account is under me, as under its id`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let api = fleet.api.with(token: person.token)
      #expect(try await api.send(.get, "/v1/users/me").json == api.send(.get, "/v1/users/\(person.id)").json)
      #expect(try await fleet.api.send(.get, "/v1/users/me").status == 401)
      #expect(try await api.send(.patch, "/v1/users/me", ["role": "operator"]).status == 403)
      #expect(try await api.send(.delete, "/v1/users/me").status == 422)
      let password: JSONValue = ["current_password": "correct horse battery"]
      #expect(try await api.send(.delete, "/v1/users/me", password).status == 204)
      #expect(try await api.send(.get, "/v1/users/me").status == 401)
    }
  }
}
