import AccessPlanning
import Testing

/// Whether a credential folder is that of the running programs.
@Suite struct OpenAccountsTests {
  @Test(
    arguments: [
      (["a": [.refused], "b": [.refused]], true), (["a": [.refused], "b": [.absent]], true),
      (["a": [.refused], "b": [.accepted]], false), (["a": [.refused]], false), ([:], false),
      (["a": [.absent], "b": [.absent]], false),
      // Any password opens one, which says nothing of the folder.
      (["a": [.refused], "b": [.refused], "c": [.unchecked]], true),
      (["a": [.refused], "c": [.unchecked]], false),
      // One node of a cluster has the folder's password.
      (["a": [.refused, .accepted], "b": [.refused, .refused]], false),
    ] as [([String: [CredentialState]], Bool)])
  func `a folder without any of the passwords is another one`(
    _ states: [String: [CredentialState]], _ areOfAnotherFolder: Bool
  ) {
    #expect(OpenAccounts(states).areOfAnotherFolder == areOfAnotherFolder)
  }

  @Test func `those with another password are named in their order`() {
    let accounts = OpenAccounts(["b": [.refused], "a": [.absent], "c": [.accepted], "d": [.unchecked]])
    #expect(accounts.others == ["a", "b"])
  }
}
