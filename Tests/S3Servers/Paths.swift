import Foundation
import Glibc
import RegistryCore

/// A path that nothing has yet, below $TMPDIR.
func temporaryPath(_ name: String) -> String {
    let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    return "\(base)/\(name)-\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
}

/// A new folder for one test. Removed with the process, if not before.
package func temporaryFolder() throws -> String {
    let path = try "\(processFolder.get().path)/\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}

private let processFolder = Result { try ProcessFolder() }

private struct ProcessFolder {
    let path = temporaryPath("registryd-s3")
    private let lifeline: Lifeline

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        lifeline = try Lifeline(["/bin/sh", "-c", #"cat >/dev/null; rm -rf "$0""#, path])
    }
}

/// A file of this project by its path in it.
func projectFile(_ path: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: path).path(percentEncoded: false)
}

private let portsGivenOut = Mutex<Set<UInt16>>([])

/// A port that nobody has, and that nobody else of this process is given. Below those that the system gives to whoever connects
/// (from 32768 on, as it comes): one of them might be a client's by the time a server asks for it.
package func freePort() throws -> Int {
    for _ in 0..<100 {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        // A program that is started in this moment has the socket until it runs. With this on both, it is in nobody's way: only
        // two that listen are.
        var on: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        let port = UInt16.random(in: 15_000..<32_768)
        guard portsGivenOut.withLock({ $0.insert(port).inserted }) else { continue }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return Int(port) }
    }
    throw ServerError("no free port")
}
