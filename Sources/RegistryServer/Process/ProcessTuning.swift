import CLinux

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a server sets for its own process before anything else.
enum ProcessTuning {
    static func apply() {
        raiseFileLimit()
        // A client or a log reader that went away is an error of one write, not of the process.
        signal(SIGPIPE, SIG_IGN)
        tuneAllocator()
    }

    /// A connection is a descriptor, and a blob on its way out another: the usual soft limit of 1024 is not meant for
    /// servers (systemd.exec(5), "LimitNOFILE=": raise soft to hard unless select(2) is used).
    private static func raiseFileLimit() {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }

    private static func tuneAllocator() {
        #if canImport(Glibc)
            // Eight arenas a core, the default, each keep what their threads once used: memory grows with the number
            // of threads rather than with the load. Two are enough for event loops that allocate little.
            mallopt(M_ARENA_MAX, 2)
            // Read buffers are 256 KiB, above the default threshold of 128 KiB: each would be mapped, zeroed page by
            // page, and unmapped. Setting either threshold also turns off glibc's own moving of them.
            mallopt(M_MMAP_THRESHOLD, 4 << 20)
            // What the heap's top may keep free, so that a batch of buffers is not given back and taken again.
            mallopt(M_TRIM_THRESHOLD, 8 << 20)
        #endif
    }

    /// Lets go of what only the start needed of the program's own code, a third of what a server at rest would count as its
    /// memory. Where some of it is needed again, the kernel maps it again.
    static func forgetStart() {
        var path = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &path, path.count - 1)
        guard length > 0, let maps = fopen("/proc/self/maps", "re") else { return }
        defer { fclose(maps) }
        var line = [CChar](repeating: 0, count: 5000)
        while fgets(&line, CInt(line.count), maps) != nil {
            // `55d0c0a00000-55d0c2400000 r-xp 00000000 08:01 1310 /usr/local/bin/registryd`: code as it is in the file.
            let fields = String(cString: line).split(separator: " ", maxSplits: 5)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].hasSuffix(String(cString: path) + "\n") else {
                continue
            }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard ends.count == 2, ends[0] < ends[1] else { continue }
            madvise(UnsafeMutableRawPointer(bitPattern: ends[0]), Int(ends[1] - ends[0]), MADV_DONTNEED)
        }
    }
}
