import RegistryServer
import StorageFS
import StorageS3

await RegistrydMain.run(drivers: [.fs, .s3])
