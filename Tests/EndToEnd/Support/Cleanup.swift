import Glibc
import Synchronization

/// What must not outlive the test process: children that it started, folders that it made. Tests end their own; this is
/// for what lives as long as the process (``Server/shared()``), and for tests that threw.
enum Cleanup {
    private struct Remains {
        var children: Set<pid_t> = []
        var directories: Set<String> = []
        var isRegistered = false
    }
    private static let remains = Mutex(Remains())

    static func add(child: pid_t) {
        change { $0.children.insert(child) }
    }

    static func remove(child: pid_t) {
        change { $0.children.remove(child) }
    }

    static func add(directory: String) {
        change { $0.directories.insert(directory) }
    }

    static func remove(directory: String) {
        change { $0.directories.remove(directory) }
    }

    private static func change(_ body: (inout Remains) -> Void) {
        remains.withLock { remains in
            body(&remains)
            if !remains.isRegistered {
                remains.isRegistered = true
                atexit { Cleanup.run() }
            }
        }
    }

    private static func run() {
        let left = remains.withLock { $0 }
        for child in left.children {
            kill(child, SIGKILL)
            var status: CInt = 0
            waitpid(child, &status, 0)
        }
        for directory in left.directories { removeTree(directory) }
    }
}
