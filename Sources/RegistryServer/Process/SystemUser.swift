#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Who runs this process, for the audit log.
enum SystemUser {
    /// `alice`; `root (sudo by alice)`. What sudo says is the environment's word only, so it stands beside the name and not
    /// in its place.
    static func actor(environment: [String: String]) -> String {
        let name = name(getuid())
        guard let caller = environment["SUDO_USER"], !caller.isEmpty else { return name }
        return "\(name) (sudo by \(caller))"
    }

    /// The user's name; its number where it has none.
    static func name(_ id: uid_t) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16384)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else {
            return "uid \(id)"
        }
        return String(cString: name)
    }
}
