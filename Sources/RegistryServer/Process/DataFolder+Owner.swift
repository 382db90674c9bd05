#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension DataFolder {
    /// Goes on as the owner of the folder, when root runs a command on a folder of somebody else's: files that root made there,
    /// the server could not open. Who really runs the command stays known (getuid(2)).
    static func actAsOwner(of path: String) throws {
        var status = stat()
        guard geteuid() == 0, stat(path, &status) == 0, status.st_uid != 0 else { return }
        guard setegid(status.st_gid) == 0, seteuid(status.st_uid) == 0 else {
            throw CommandFailure(
                .failure,
                "cannot act as \(SystemUser.name(status.st_uid)), whose folder \(path) is: \(errnoText()); "
                    + "run it as that user"
            )
        }
    }
}
