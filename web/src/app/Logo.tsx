/** The mark: water running through. */
export function Logo({ size = 28 }: { size?: number }) {
  return <img src="/assets/millrace.svg" width={size} height={size} alt="" />;
}
