import { Anchor, Button, type AnchorProps, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import { forwardRef, type AnchorHTMLAttributes } from 'react';

type Html = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps>;

const PlainButton = forwardRef<HTMLAnchorElement, ButtonProps & Html>((props, ref) => <Button component="a" ref={ref} {...props} />);
PlainButton.displayName = 'PlainButton';
/** A link that looks like a button: `<LinkButton to="/app/runs">`. */
export const LinkButton = createLink(PlainButton);

const PlainAnchor = forwardRef<HTMLAnchorElement, AnchorProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps>>((props, ref) => (
  <Anchor ref={ref} {...props} />
));
PlainAnchor.displayName = 'PlainAnchor';
/** A link within the app, typed by its routes. */
export const TextLink = createLink(PlainAnchor);
