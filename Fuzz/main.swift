import Glibc

/// The function that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzTarget.current.check(UnsafeRawBufferPointer(start: bytes, count: count))
  return 0
}

/// libFuzzer's own `main` (LLVM, "libFuzzer", section "Using libFuzzer as a library").
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

// One program for all targets: it links once, and FUZZ_TARGET selects the target. Without one it prints their names.
guard let name = getenv("FUZZ_TARGET") else {
  for target in FuzzTarget.allCases { print(target.rawValue) }
  exit(0)
}
guard let target = FuzzTarget(rawValue: String(cString: name)) else {
  print("fuzz: error: FUZZ_TARGET names no target: \(String(cString: name))")
  exit(64)
}
target.select()
var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exit(runDriver(&count, &arguments, testOneInput))
