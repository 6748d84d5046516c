import AccessManifest
import AccessPlanning
import AccessProof
import Cache
import DatabaseTestSupport
import Testing

@testable import RedisAdministration

@Suite struct RedisPlannerTests {
  private let manifest: AccessManifest
  private let digests: [String: String]

  init() throws {
    manifest = try FleetManifest.load()
    digests = Dictionary(
      uniqueKeysWithValues: manifest.cacheAccounts.map { ($0.name, "digest-of-\($0.name)") })
  }

  private let table = RedisCommandTable(categories: [
    "read": ["get", "scan", "keys", "dbsize", "randomkey", "memory|usage", "lolwut"],
    "write": ["set", "del", "flushall", "move"],
    "connection": ["ping", "client", "client|id", "client|setname", "client|list", "select"],
    "transaction": ["multi", "exec"], "admin": ["acl|list", "client|list"],
    "dangerous": ["keys", "flushall", "client|list", "acl|list"], "scripting": ["eval"],
  ])

  private var matching: RedisState {
    var users = Dictionary(
      uniqueKeysWithValues: manifest.cacheAccounts.map { account in
        (CacheWord(account.name), RedisUser(account, passwordDigest: digests[account.name]))
      })
    users["default"] = RedisUser()
    users["cache-admin"] = RedisUser()
    return RedisState(users: users, commandTable: table)
  }

  private func plan(after change: (inout RedisState) -> Void) -> [PlannedStep] {
    RedisPlanner(comparison(after: change)).plan.steps
  }

  private func comparison(
    after change: (inout RedisState) -> Void, _ scope: AccessScope = AccessScope()
  ) -> RedisComparison {
    var (state, manifest) = (matching, manifest)
    manifest.scope = scope
    change(&state)
    return RedisComparison(manifest: manifest, passwordDigests: digests, actual: state)
  }

  @Test func `a cache that matches the manifest needs no step`() {
    #expect(plan { _ in }.isEmpty)
  }

  @Test func `a plan for one account leaves other users, the default one and strangers alone`() throws {
    let drifted = comparison {
      $0[user: "analytics-cache"].keyPatterns.insert("~*")
      $0[user: "connector-cache"].keyPatterns.insert("~*")
      $0.users["stranger"] = RedisUser()
      $0[user: "default"].isOn = true
    }
    let focus = try AccessFocus(["analytics-cache"], in: manifest)
    let plan = RedisPlanner(drifted, focus: focus).plan
    #expect(plan.steps.map { $0.text.prefix(27) } == ["ACL SETUSER analytics-cache", "ACL SAVE"])
    #expect(plan.leftOut == ["connector-cache": 1, "stranger": 1, "default": 1])
  }

  @Test func `a deviating account is replaced as a whole, and its digest is not shown`() {
    let steps = plan { $0[user: "analytics-cache"].keyPatterns.insert("~*") }
    #expect(
      steps.map(\.text) == [
        "ACL SETUSER analytics-cache resetpass #<SHA-256 of its credential> #<a mark>; "
          + "CLIENT KILL USER analytics-cache SKIPME yes; "
          + "ACL SETUSER analytics-cache reset on #<SHA-256 of its credential> resetchannels %R~analytics:* -@all +@read "
          + "+@connection +@transaction -@admin -@dangerous -@scripting -scan -randomkey -dbsize -select -move "
          + "-copy -client +client|setname +client|id",
        "ACL SAVE",
      ])
    #expect(steps.first?.action == .setCredential(account: "analytics-cache"))
  }

  @Test func `an administrator without a password check gets its password back and keeps its rights`() {
    let steps = plan { $0[user: "cache-admin"].needsNoPassword = true }
    #expect(
      steps.map(\.text) == [
        "ACL SETUSER cache-admin resetpass #<SHA-256 of its credential> #<a mark>; "
          + "CLIENT KILL USER cache-admin SKIPME yes; "
          + "ACL SETUSER cache-admin resetpass #<SHA-256 of its credential>", "ACL SAVE",
      ])
    #expect(steps.first?.action == .setCredential(account: "cache-admin"))
  }

  @Test func `a default user that is off and keeps rights loses them, in a cache of our own alone`() {
    let armed: (inout RedisState) -> Void = { $0[user: "default"].needsNoPassword = true }
    #expect(
      plan(after: armed).map(\.text) == [
        "ACL SETUSER default off; CLIENT KILL USER default SKIPME yes; ACL SETUSER default reset off resetchannels",
        "ACL SAVE",
      ])
    let shared = comparison(after: armed, AccessScope(mode: .adopting))
    #expect(RedisPlanner(shared).plan.steps.isEmpty)
    #expect(shared.deviations.map(\.isNote) == [true])
  }

  @Test func `in a cache of others, a default user with a password matters where it reaches our keys`() {
    let cases: [(pattern: CacheWord, isNote: Bool)] = [
      ("~*", false), ("~others:*", true), ("~a*", false), ("~?nalytics:x", false), ("%R~analytics:*", false),
      ("~[a-c]nalytics:*", false), ("~analytic", true),
    ]
    for (pattern, isNote) in cases {
      let change: (inout RedisState) -> Void = {
        $0[user: "default"].isOn = true
        $0[user: "default"].passwordDigests = ["theirs"]
        $0[user: "default"].keyPatterns = [pattern]
        $0[user: "default"].commandRules = ["+get"]
      }
      let found = comparison(after: change, AccessScope(mode: .adopting))
      #expect(found.deviations.map(\.isNote) == [isNote], "\(pattern)")
      #expect(RedisPlanner(found).plan.unmended.isEmpty == isNote)
      #expect(found.deviations[0].message.contains("has its password may use it, to run get on \(pattern)"))
      let accepted = AccessScope(mode: .adopting, accepts: ["cache user default": "the platform's"])
      #expect(comparison(after: change, accepted).deviations.isEmpty)
      let open: (inout RedisState) -> Void = {
        change(&$0)
        $0[user: "default"].needsNoPassword = true
      }
      #expect(comparison(after: open, accepted).deviations.map(\.isNote) == [false])
    }
  }

  @Test func `users of others stay where the manifest lists them or its mode leaves them`() {
    let foreign: (inout RedisState) -> Void = { $0[user: "replica-1"] = RedisUser() }
    #expect(plan(after: foreign).map(\.text) == ["ACL DELUSER replica-1", "ACL SAVE"])
    let listed = comparison(after: foreign, AccessScope(cacheUsers: [NamePattern("replica-*")]))
    #expect(listed.deviations.isEmpty && RedisPlanner(listed).plan.steps.isEmpty)
    for mode in [AccessScope.Mode.adopting, .additive] {
      let left = comparison(after: foreign, AccessScope(mode: mode))
      #expect(left.deviations.map(\.isNote) == [true])
      #expect(RedisPlanner(left).plan.steps.isEmpty)
    }
  }

  @Test
  func `in a cache of others, a user of theirs matters without a password and where it reaches our keys`() {
    let cases: [(change: (inout RedisUser) -> Void, isNote: Bool)] = [
      ({ $0.keyPatterns = ["~others:*"] }, true), ({ $0.keyPatterns = ["%R~analytics:*"] }, false),
      ({ $0.selectors = ["(~others:* +get)", "(~* -@all +get)"] }, false),
      ({ $0.needsNoPassword = true }, false), ({ $0.unknownRules = ["everything"] }, false),
      (
        {
          $0.isOn = false
          $0.needsNoPassword = true
          $0.keyPatterns = ["~*"]
        }, true
      ),
    ]
    for (change, isNote) in cases {
      var user = RedisUser()
      user.isOn = true
      user.passwordDigests = ["theirs"]
      user.commandRules = ["+get"]
      change(&user)
      let added: (inout RedisState) -> Void = { $0.users["team-b"] = user }
      for mode in [AccessScope.Mode.adopting, .additive] {
        let found = comparison(after: added, AccessScope(mode: mode))
        #expect(found.deviations.map(\.isNote) == [isNote], "\(user)")
        #expect(RedisPlanner(found).plan.steps == [])
        #expect(RedisPlanner(found).plan.unmended.isEmpty == isNote)
        let accepted = AccessScope(mode: mode, accepts: ["cache user team-b": "reviewed"])
        #expect(comparison(after: added, accepted).deviations.allSatisfy { $0.isNote })
      }
      #expect(comparison(after: added).deviations.map(\.isNote) == [false])
    }
  }

  @Test func `an undeclared user is named with its password, its keys and its selectors`() throws {
    let found = comparison {
      var user = RedisUser()
      user.isOn = true
      user.needsNoPassword = true
      user.keyPatterns = ["~a:*"]
      user.selectors = ["(~b:* +get)"]
      $0.users["stranger"] = user
    }.deviations
    let message = try #require(found.first?.message)
    #expect(message.contains("it is on, and any client that reaches the cache may use it without a password"))
    #expect(message.contains("on ~a:* (~b:* +get)"))
    #expect(found.map(\.object) == ["~a:* (~b:* +get)"])
  }

  @Test func `a survey of thousands of users has the patterns that concern our keys, up to a bound`() {
    var state = matching
    for index in 0..<7_000 {
      state[user: "team-\(index)"].keyPatterns = [
        CacheWord("~team-\(index):*"), CacheWord("~analytics:\(index):*"),
      ]
    }
    state[user: "connector-cache"].keyPatterns.insert("~elsewhere:*")
    let survey = CacheSurvey(of: state, manifest)
    #expect(survey.patterns.count == 50)
    #expect(survey.patterns.first?.word == "elsewhere:*")
    #expect(survey.patterns.dropFirst().allSatisfy { $0.word.description.hasPrefix("analytics:") })
    #expect(survey.patternsLeftOut == 7_001 - 50)
  }

  @Test func `an additive manifest makes missing users, and replaces none`() {
    let additive = AccessScope(mode: .additive)
    let widened = comparison(after: { $0[user: "analytics-cache"].keyPatterns.insert("~*") }, additive)
    #expect(widened.deviations.map(\.isNote) == [false])
    #expect(RedisPlanner(widened).plan.steps.isEmpty)
    let missing = comparison(after: { $0.users["analytics-cache"] = nil }, additive)
    #expect(RedisPlanner(missing).plan.steps.count == 2)
  }

  @Test func `a function library is named, and no command removes it`() {
    let found = comparison { $0.libraries = ["spy"] }
    #expect(found.deviations.map(\.object) == ["spy"])
    #expect(RedisPlanner(found).plan.steps.isEmpty)
    let accepted = comparison(
      after: { $0.libraries = ["spy"] }, AccessScope(accepts: ["function library spy": "ours"]))
    #expect(accepted.deviations.isEmpty)
  }

  @Test func `only accounts that may write get the write commands`() throws {
    for account in manifest.cacheAccounts {
      let rules = RedisRules.all(account, passwordDigest: "x")
      #expect(rules.contains("+@write") == (account.name != "analytics-cache"))
      #expect(rules.first == "reset")
    }
  }

  @Test func `different rules that allow the same commands are equal`() {
    let steps = plan {
      $0[user: "connector-cache"].commandRules = [
        "-@all", "+get", "+memory|usage", "+lolwut", "+set", "+del", "+ping", "+client|id", "+client|setname",
        "+multi",
        "+exec",
      ]
    }
    #expect(steps.isEmpty)
  }

  @Test func `an excess command and a missing command are named`() {
    let found = comparison {
      $0[user: "connector-cache"].commandRules += ["+flushall", "-get"]
    }.deviations
    #expect(found.map(\.kind) == [.excess, .missing])
    #expect(found.map(\.privilege) == ["flushall", "get"])
  }

  @Test func `a disabled account, a missing password check and a wrong password are named`() {
    #expect(comparison { $0[user: "connector-cache"].isOn = false }.deviations.map(\.privilege) == ["on"])
    #expect(
      comparison { $0[user: "connector-cache"].needsNoPassword = true }.deviations.map(\.privilege) == [
        "nopass"
      ])
    #expect(
      comparison { $0[user: "connector-cache"].passwordDigests = ["other"] }.deviations.map(\.privilege)
        == ["password"])
  }

  @Test func `a second password is named, of an account and of the administrator`() {
    #expect(
      comparison { $0[user: "connector-cache"].passwordDigests.insert("guessed") }.deviations.map(\.privilege)
        == ["password"])
    #expect(
      comparison { $0[user: "cache-admin"].passwordDigests = ["its own", "guessed"] }.deviations.map(
        \.account)
        == ["cache-admin"])
  }

  @Test func `the default user is switched off and an undeclared user removed`() {
    let steps = plan {
      $0[user: "default"].isOn = true
      $0.users["stranger"] = RedisUser()
    }
    #expect(
      steps.map(\.text) == [
        "ACL SETUSER default off; CLIENT KILL USER default SKIPME yes; ACL SETUSER default reset off resetchannels",
        "ACL DELUSER stranger", "ACL SAVE",
      ])
  }

  @Test func `sessions end where another password may have begun them, or where they may keep a right`() {
    let changes: [(ends: Bool, change: (inout RedisState) -> Void)] = [
      (true, { $0[user: "connector-cache"].needsNoPassword = true }),
      (true, { $0[user: "connector-cache"].passwordDigests = ["guessed"] }),
      (true, { $0[user: "connector-cache"].commandRules += ["+flushall"] }),
      (false, { $0[user: "connector-cache"].isOn = false }),
      (false, { $0[user: "connector-cache"].commandRules += ["-get"] }),
      (false, { $0.users["connector-cache"] = nil }),
    ]
    for (ends, change) in changes {
      let found = comparison(after: change)
      #expect(found.endsSessions(of: "connector-cache") == ends)
      #expect(RedisPlanner(found).plan.steps.contains { $0.text.contains("CLIENT KILL") } == ends)
    }
    var rotating = comparison { $0[user: "connector-cache"].passwordDigests.insert("next") }
    rotating.rotating["connector-cache"] = "next"
    #expect(!rotating.endsSessions(of: "connector-cache"))
  }

  @Test func `channels and selectors are excess`() {
    let found = comparison {
      $0[user: "connector-cache"].channelPatterns = ["&*"]
      $0[user: "connector-cache"].selectors = ["(+get ~*)"]
    }.deviations
    #expect(found.map(\.privilege) == ["channels", "selector"])
  }

  @Test func `a line of ACL LIST is parsed as the server writes it`() throws {
    let line =
      "user a-cache on sanitize-payload #5e88 ~a:* %R~b:* resetchannels -@all +get +client|id (~c:* resetchannels "
      + "-@all +get)"
    let (name, user) = try #require(RedisUser.parse(line: CacheWord(line)))
    #expect(name == "a-cache")
    #expect(user.isOn)
    #expect(user.passwordDigests == ["5e88"])
    #expect(user.keyPatterns == ["~a:*", "%R~b:*"])
    #expect(user.commandRules == ["-@all", "+get", "+client|id"])
    #expect(user.selectors == ["(~c:* resetchannels -@all +get)"])
  }

  @Test(arguments: ["", "user", "user ", "user  on", "nonsense on", "users x on"])
  func `a line that describes no user has none`(_ line: String) {
    #expect(RedisUser.parse(line: CacheWord(line)) == nil)
  }

  @Test func `names and patterns are bytes, and a combining mark or a byte that is no text loses no rule`()
    throws
  {
    let line = CacheWord(bytes: Array("user \u{301}b".utf8) + [0xFF] + Array(" on ~\u{301}* &".utf8) + [0xFE])
    let (name, user) = try #require(RedisUser.parse(line: line))
    #expect(name.description == #"\xcc\x81b\xff"#)
    #expect(user.isOn && user.keyPatterns == ["~\u{301}*"])
    #expect(user.channelPatterns.map(\.description) == [#"&\xfe"#])
  }

  @Test func `a pattern with a parenthesis keeps the rules behind it in the selector`() throws {
    let line: CacheWord = "user a on resetchannels -@all (~x) resetchannels -@all +get) (%R~a)b ~c +set)"
    let (_, user) = try #require(RedisUser.parse(line: line))
    #expect(user.selectors == ["(~x) resetchannels -@all +get)", "(%R~a)b ~c +set)"])
    #expect(user.everyKeyPattern == ["x)", "a)b", "c"])
    #expect(user.commandRules == ["-@all"])
  }

  @Test func `a rule that the tool does not have is an excess of the account`() throws {
    let found = comparison { $0[user: "connector-cache"].unknownRules = ["everything"] }
    #expect(found.deviations.map(\.privilege) == ["rule"])
    #expect(RedisPlanner(found).plan.steps.count == 2)
  }

  @Test func `a user whose name is no text is removed by its bytes`() throws {
    let name = CacheWord(bytes: [0x62, 0xFF, 0x22])
    let found = comparison { $0.users[name] = RedisUser() }
    let step = try #require(RedisPlanner(found).plan.steps.first)
    #expect(step.text == #"ACL DELUSER "b\xff\"""#)
    #expect(CacheWord.words(ofLine: step.text) == ["ACL", "DELUSER", name])
  }

  @Test func `rules apply from left to right`() {
    #expect(table.commands(allowedBy: ["+@read", "-@all", "+get"]) == ["get"])
    #expect(table.commands(allowedBy: ["+client", "-client|list"]) == ["client|id", "client|setname"])
    #expect(table.commands(allowedBy: ["+@all"]) == table.commands)
    #expect(!table.commands.contains("client"))
  }
}

extension RedisState {
  fileprivate subscript(user name: String) -> RedisUser {
    get { users[CacheWord(name)] ?? RedisUser() }
    set { users[CacheWord(name)] = newValue }
  }
}
