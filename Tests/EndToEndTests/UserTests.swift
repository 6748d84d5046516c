import JSON
import Testing

extension FleetTests {
  @Suite struct UserTests {
    @Test(arguments: Engine.allCases)
    func `a sign-up gets 201 with a location and without the password`(_ engine: Engine) async throws {
      let api = try FleetTrait.fleet(engine).api
      let email = "Ada-\(UInt64.random(in: 0 ... .max))@Example.org"
      let answer = try await api.send(
        .post, "/v1/users", ["email": .string(email), "password": "correct horse battery"])
      #expect(answer.status == 201)
      let id = try #require(answer.json["id"]?.integer)
      #expect(answer.headers["Location"] == "/v1/users/\(id)")
      #expect(answer.json["email"]?.string == email.lowercased())
      #expect(answer.json["role"]?.string == "member")
      #expect(answer.json["confirmed_at"] == .null)
      #expect(!answer.text.contains("password") && !answer.text.contains("scrypt"))
    }

    @Test(arguments: Engine.allCases)
    func `a sign-up with a taken email gets 409, in any letter case`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let answer = try await fleet.api.send(
        .post, "/v1/users", ["email": .string(person.email.uppercased()), "password": "another password"])
      #expect(answer.status == 409)
      #expect(answer.headers["Content-Type"] == "application/problem+json")
      #expect(answer.json["status"]?.integer == 409)
    }

    @Test(
      arguments: Engine.allCases,
      [
        #"{"email":"no-at-sign","password":"long enough"}"#, #"{"email":"a@b.c","password":"short"}"#,
        #"{"email":"a@b.c"}"#, #"{"password":"long enough"}"#, #"{"email":1,"password":"long enough"}"#,
      ])
    func `an invalid sign-up gets 422`(_ engine: Engine, _ body: String) async throws {
      let api = try FleetTrait.fleet(engine).api
      let value = try JSONCoding.decode(JSONValue.self, from: Array(body.utf8))
      #expect(try await api.send(.post, "/v1/users", value).status == 422)
    }

    @Test(arguments: Engine.allCases)
    func `members may read, change and remove only themselves`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let one = try await fleet.member()
      let other = try await fleet.member()
      let api = fleet.api.with(token: one.token)
      #expect(try await api.send(.get, "/v1/users/\(one.id)").json["email"]?.string == one.email)
      #expect(try await api.send(.get, "/v1/users/\(other.id)").status == 404)
      #expect(try await api.send(.patch, "/v1/users/\(other.id)", ["email": "x@example.org"]).status == 404)
      #expect(try await api.send(.delete, "/v1/users/\(other.id)").status == 404)
      #expect(try await api.send(.patch, "/v1/users/\(one.id)", ["role": "operator"]).status == 403)
      #expect(try await api.send(.delete, "/v1/users/\(one.id)").status == 422)
      let password: JSONValue = ["current_password": "correct horse battery"]
      #expect(try await api.send(.delete, "/v1/users/\(one.id)", password).status == 204)
      #expect(try await api.send(.get, "/v1/users/\(one.id)").status == 401)
    }

    @Test(arguments: Engine.allCases)
    func `a new password ends every session and replaces the old one`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let api = fleet.api.with(token: person.token)
      let change: JSONValue = [
        "password": "a second password", "current_password": "correct horse battery",
      ]
      let changed = try await api.send(.patch, "/v1/users/\(person.id)", change)
      #expect(changed.status == 200)
      #expect(try await api.send(.get, "/v1/sessions/current").status == 401)
      let old: JSONValue = ["email": .string(person.email), "password": "correct horse battery"]
      #expect(try await fleet.api.send(.post, "/v1/sessions", old).status == 401)
      _ = try await fleet.token(person.email, password: "a second password")
    }

    @Test(arguments: Engine.allCases)
    func `operators page through all users and get each exactly once`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      var made: Set<Int64> = []
      for _ in 0..<5 { made.insert(try await fleet.member().id) }
      let api = fleet.api.with(token: try await fleet.operatorToken())
      var seen: [Int64] = []
      var path = "/v1/users?limit=2"
      while true {
        let page = try await api.send(.get, path)
        #expect(page.status == 200)
        seen += (page.json["items"]?.array ?? []).compactMap { $0["id"]?.integer }
        guard let next = page.json["next"]?.string else { break }
        let link = try #require(page.headers["Link"])
        #expect(link.contains("cursor=\(next)") && link.contains("rel=\"next\""))
        path = "/v1/users?limit=2&cursor=\(next)"
      }
      #expect(Set(seen).count == seen.count)
      #expect(made.isSubset(of: Set(seen)))
      #expect(try await api.send(.get, "/v1/users?cursor=garbage").status == 400)
      #expect(try await api.send(.get, "/v1/users?limit=0").status == 400)
    }
  }
}
