import FuzzTargets
import Glibc

/// One program for all targets: the environment says which.
private let target: FuzzTarget = {
    let name = getenv("REGISTRYD_FUZZ").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        print("REGISTRYD_FUZZ says what to feed: \(names)")
        exit(64)
    }
    return target
}()

/// What libFuzzer calls with every input (https://llvm.org/docs/LibFuzzer.html).
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    do {
        try target.run([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
    } catch {
        print("\(target): \(error)")
        fflush(nil)
        // It keeps the input then.
        abort()
    }
    return 0
}
