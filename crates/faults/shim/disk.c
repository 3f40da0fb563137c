/* A bad disk for one process: loaded with LD_PRELOAD, told what to do through a small file that is mapped into memory.
 *
 * MILLRACE_FAULTS_DISK names that file: struct orders below. Only files below the folder in `root` are touched, so sockets,
 * logs and whatever else the process writes stay as they are. Without the variable nothing happens at all; the server's
 * sandbox children have an empty environment and never load this. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct orders {
  _Atomic uint32_t write_errno; /* what write, pwrite and ftruncate answer; 0: they work */
  _Atomic uint32_t sync_errno;  /* what fsync and fdatasync answer; 0: they work */
  _Atomic uint32_t delay_us;    /* how long every fsync and fdatasync takes longer */
  _Atomic uint32_t refused;     /* counts what was refused */
  _Atomic uint32_t delayed;     /* counts what was delayed */
  char root[256];
};

static struct orders *orders;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("MILLRACE_FAULTS_DISK");
  if (!path) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *at = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at != MAP_FAILED) orders = at;
}

static void pause_us(uint32_t us) {
  struct timespec t = {us / 1000000, (long)(us % 1000000) * 1000};
  nanosleep(&t, NULL);
}

static int is_ours(int fd) {
  char link[32], path[512];
  char *p = link + sizeof link;
  *--p = 0;
  unsigned n = (unsigned)fd;
  do *--p = (char)('0' + n % 10); while (n /= 10);
  char name[64] = "/proc/self/fd/";
  strcat(name, p);
  ssize_t len = readlink(name, path, sizeof path - 1);
  if (len <= 0) return 0;
  path[len] = 0;
  return strncmp(path, orders->root, strlen(orders->root)) == 0;
}

/* The error that a write to this descriptor gets now; 0: none. */
static int bad_write(int fd) {
  if (!orders) return 0;
  uint32_t e = atomic_load(&orders->write_errno);
  if (!e || !is_ours(fd)) return 0;
  atomic_fetch_add(&orders->refused, 1);
  return (int)e;
}

static int bad_sync(int fd) {
  if (!orders) return 0;
  uint32_t e = atomic_load(&orders->sync_errno), us = atomic_load(&orders->delay_us);
  if ((!e && !us) || !is_ours(fd)) return 0;
  if (us) {
    atomic_fetch_add(&orders->delayed, 1);
    pause_us(us);
  }
  if (e) atomic_fetch_add(&orders->refused, 1);
  return (int)e;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REFUSE(check) do { int e = (check); if (e) { errno = e; return -1; } } while (0)

ssize_t write(int fd, const void *b, size_t n) {
  static __typeof__(&write) real;
  if (!real) real = REAL(write);
  REFUSE(bad_write(fd));
  return real(fd, b, n);
}

ssize_t writev(int fd, const struct iovec *v, int n) {
  static __typeof__(&writev) real;
  if (!real) real = REAL(writev);
  REFUSE(bad_write(fd));
  return real(fd, v, n);
}

ssize_t pwrite(int fd, const void *b, size_t n, off_t at) {
  static __typeof__(&pwrite) real;
  if (!real) real = REAL(pwrite);
  REFUSE(bad_write(fd));
  return real(fd, b, n, at);
}

ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) {
  static __typeof__(&pwrite64) real;
  if (!real) real = REAL(pwrite64);
  REFUSE(bad_write(fd));
  return real(fd, b, n, at);
}

int ftruncate(int fd, off_t size) {
  static __typeof__(&ftruncate) real;
  if (!real) real = REAL(ftruncate);
  REFUSE(bad_write(fd));
  return real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
  static __typeof__(&ftruncate64) real;
  if (!real) real = REAL(ftruncate64);
  REFUSE(bad_write(fd));
  return real(fd, size);
}

int fsync(int fd) {
  static __typeof__(&fsync) real;
  if (!real) real = REAL(fsync);
  REFUSE(bad_sync(fd));
  return real(fd);
}

int fdatasync(int fd) {
  static __typeof__(&fdatasync) real;
  if (!real) real = REAL(fdatasync);
  REFUSE(bad_sync(fd));
  return real(fd);
}
