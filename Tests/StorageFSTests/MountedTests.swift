import Glibc
import RegistryCore
import StorageFS
import Testing

/// On a file system of its own, a small one.
struct MountedTests {
    /// 1 MiB. Mounting needs root, which CI is.
    private final class SmallDisk: Sendable {
        private let folder: TemporaryFolder
        var path: String { folder.path }

        init() throws {
            folder = try TemporaryFolder()
            try mount(0)
        }

        deinit { umount2(path, CInt(MNT_DETACH)) }

        func mount(_ flags: UInt) throws {
            guard Glibc.mount("tmpfs", path, "tmpfs", flags, "size=1m") == 0 else {
                throw StorageError(.failed, "mount of a tmpfs on \(path): \(String(cString: strerror(errno)))")
            }
        }
    }

    private let disk: SmallDisk
    private let storage: FileStorage

    init() throws {
        disk = try SmallDisk()
        storage = try FileStorage(root: disk.path, logger: .quiet)
    }

    @Test(arguments: [1 << 20, 8 << 20])
    func `a full disk is said to be full, and takes uploads again when there is room`(size: Int) async throws {
        let object = try await storage.push(bytes(600_000))
        let upload = try await storage.upload(UploadPlan(id: UploadID(), digest: anyDigest))
        #expect(
            await code {
                for _ in 0..<size / 65_536 { try await upload.append(bytes(65_536)) }
                _ = try await upload.commit(as: anyDigest)
            } == .full)
        try await upload.abort()
        #expect(await storage.delete([object.key]).isEmpty)
        let second = try await storage.push(bytes(900_000))
        #expect(try await storage.allKeys() == [second.key])
    }

    @Test func `what failed once fails until it is aborted`() async throws {
        let upload = try await storage.upload(UploadPlan(id: UploadID(), digest: anyDigest))
        // So much waits for the disk, and hears from it.
        #expect(await code { try await upload.append(bytes(2 << 20)) } == .full)
        #expect(await code { try await upload.append(bytes(1)) } == .full)
        #expect(await code { _ = try await upload.checkpoint() } == .full)
        #expect(await code { _ = try await upload.commit(as: anyDigest) } == .full)
        try await upload.abort()
        _ = try await storage.push(bytes(900_000))
    }

    @Test func `an upload goes on from its checkpoint when there is room again`() async throws {
        let object = try await storage.push(bytes(600_000))
        let plan = UploadPlan(id: UploadID(), digest: anyDigest)
        let first = try await storage.upload(plan)
        try await first.append(bytes(300_000, 1))
        let checkpoint = try await first.checkpoint()
        try await first.append(bytes(300_000, 2))
        #expect(await code { _ = try await first.checkpoint() } == .full)
        _ = await storage.delete([object.key])
        let second = try await storage.resume(plan, from: checkpoint)
        try await second.append(bytes(300_000, 3))
        #expect(try await second.commit(as: anyDigest).size == 600_000)
    }

    @Test func `a disk that turned read-only is not ready, and takes nothing`() async throws {
        let object = try await storage.push(bytes(10))
        try disk.mount(UInt(MS_REMOUNT | MS_RDONLY))
        #expect(await code { try await storage.ready() } == .unavailable)
        #expect(await code { _ = try await storage.push(bytes(10)) } == .unavailable)
        _ = try await storage.read(object, 0..<10)
    }
}
