import Testing

@Suite struct TestLanesTests {
  @Test func `the lanes of the script of the tests have all targets`() {
    let checkout = Checkout.here
    let script = checkout.file("scripts/test.sh")?.text ?? ""
    let manifest = PackageManifest(checkout.file("Package.swift")?.text ?? "")
    #expect(TestLanes.faults(in: script, manifest) == [])
    #expect(TestLanes.lanes(in: script)?.count ?? 0 > 1)
  }

  @Test(arguments: [
    ("'one 3 ClockTests' 'rest 2 '", [String]()),
    (
      "'one 3 ClockTests' 'two 3 Clock|GoneTests' 'rest 2 '",
      ["Clock", "GoneTests"].map { "\($0) is no target of tests" }
    ),
    ("'one 3 ClockTests'", ["the last lane, and no other, must have the rest of the targets"]),
    ("'rest 2 ' 'one 3 ClockTests'", ["the last lane, and no other, must have the rest of the targets"]),
    ("'one 3 ' 'rest 2 '", ["the last lane, and no other, must have the rest of the targets"]),
    ("'one 3 ClockTests' 'two 3 ClockTests' 'rest 2 '", ["a target is in two lanes"]),
    ("'one ClockTests' 'rest 2 '", ["the lanes cannot be read"]),
    ("'one 0 ClockTests' 'rest 2 '", ["the lanes cannot be read"]),
    ("", ["the lanes cannot be read"]),
  ])
  func `a target that would run in no lane, or in another one, is found`(_ lanes: String, _ faults: [String])
  {
    let manifest = PackageManifest(
      """
        targets: [
          shared("Clock", []),
          tests("ClockTests", at: "Base/ClockTests", ["Clock"]),
        ]
      """)
    #expect(TestLanes.faults(in: "set -e\nreadonly lanes=(\(lanes))\n", manifest) == faults)
  }
}
